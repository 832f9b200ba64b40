import django.db.models.deletion
import django.db.models.functions.text
import kept.db.models.account
from django.apps import apps
from django.db import migrations, models


class Migration(migrations.Migration):

    # Where the pages are installed too, their tables point to the account, and so come after it.
    run_before = [
        (app, '0001_initial')
        for app in ('account', 'mfa', 'usersessions', 'socialaccount')
        if apps.is_installed(f'allauth.{app}')
    ]

    dependencies = [
        ('kept', '0002_destroyed_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('ref', models.CharField(default=kept.db.models.account.new_ref, help_text='How addresses and the ledger name it.', max_length=12, unique=True)),
                ('email', models.EmailField(blank=True, help_text="The address codes go to; empty where the company's application signs them in.", max_length=254)),
                ('subject', models.CharField(default='', help_text='Who they are in the stores, as the vault names people.', max_length=200)),
                ('role', models.CharField(default='', help_text='Their role on the staff; empty for none.', max_length=30)),
                ('is_active', models.BooleanField(default=True, help_text='Whether they may sign in.')),
                ('language', models.CharField(default='', help_text="The language they chose; empty for the browser's.", max_length=20)),
                ('theme', models.CharField(default='', help_text="light or dark; empty for the system's.", max_length=10)),
                ('external_id', models.CharField(default='', help_text="What the company's directory calls them (SCIM).", max_length=200)),
                ('provisioned', models.BooleanField(default=False, help_text="Whether the company's directory speaks for this account (SCIM).")),
                ('created_at', models.DateTimeField(auto_now_add=True, help_text='When it was made.')),
                ('suspended_at', models.DateTimeField(help_text='When it was suspended.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(default=kept.db.models.account.new_ref, help_text='The first part of the key, and its name in the ledger.', max_length=12, unique=True)),
                ('digest', models.CharField(help_text='SHA-256 of the secret, which has 256 bits of its own.', max_length=64)),
                ('label', models.CharField(help_text='What its owner calls it.', max_length=100)),
                ('scopes', models.JSONField(help_text='What it may be used for; never more than its owner may do.')),
                ('created_at', models.DateTimeField(help_text='When it was made.')),
                ('expires_at', models.DateTimeField(help_text='When it ends by itself.', null=True)),
                ('used_at', models.DateTimeField(help_text='When it was last used, to the hour.', null=True)),
                ('revoked_at', models.DateTimeField(help_text='When it was revoked.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Choice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(default=kept.db.models.account.new_ref, help_text='How addresses and its receipt name it.', max_length=12, unique=True)),
                ('purpose', models.CharField(help_text='The purpose, by its short name.', max_length=100)),
                ('granted', models.BooleanField(help_text='Whether they agreed.')),
                ('edition', models.PositiveIntegerField(help_text='The edition of the policy they had before them.')),
                ('notice', models.CharField(help_text='SHA-256 of the words they were shown.', max_length=64)),
                ('channel', models.CharField(help_text='Where they chose: centre, api, gpc.', max_length=20)),
                ('at', models.DateTimeField(help_text='When.')),
            ],
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='1 for the first that was published, then 2, and so on.', unique=True)),
                ('title', models.TextField(help_text='What the policy is called.')),
                ('version', models.CharField(help_text='Its version as people see it.', max_length=100)),
                ('effective', models.DateField(help_text='The day it takes effect.')),
                ('introduction', models.TextField(help_text='The prose before the first clause.')),
                ('clauses', models.JSONField(help_text='The clauses in order: id, title, version, effective, material, text.')),
                ('digest', models.CharField(help_text='SHA-256 over all of it; the ledger holds it too.', max_length=64)),
                ('published_at', models.DateTimeField(help_text='When it was published.')),
            ],
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(default=kept.db.models.account.new_ref, help_text='How addresses name it.', max_length=12, unique=True)),
                ('kind', models.CharField(help_text='Which work: check, plan, apply, holdings.', max_length=30)),
                ('key', models.CharField(help_text='What it is about; one unfinished job a kind and key.', max_length=100)),
                ('wanted', models.JSONField(default=dict, help_text='What it was asked: names and digests, no value of a person.')),
                ('actor', models.CharField(help_text='Who asked, as the ledger names them.', max_length=200)),
                ('state', models.CharField(choices=[('waiting', 'nobody has begun it'), ('running', 'a worker is at it'), ('done', 'it ended, and its result is there'), ('failed', 'it stopped with an error')], default='waiting', help_text='Where it stands.', max_length=10)),
                ('doing', models.CharField(default='', help_text='What it is doing now.', max_length=200)),
                ('done', models.BigIntegerField(default=0, help_text='How far it is.')),
                ('total', models.BigIntegerField(help_text='Out of how much, where that is known.', null=True)),
                ('result', models.JSONField(help_text='What came of it: counts, names and references.', null=True)),
                ('error', models.TextField(default='', help_text='Why it stopped, and what to do: a sentence without values.')),
                ('attempts', models.PositiveIntegerField(default=0, help_text='How often it was begun.')),
                ('leased_until', models.DateTimeField(help_text='Until when the worker that has it keeps it without a sign of life.', null=True)),
                ('created_at', models.DateTimeField(help_text='When it was asked for.')),
                ('changed_at', models.DateTimeField(help_text='When this row last changed.')),
            ],
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(help_text="The plan's digest.", max_length=64, unique=True)),
                ('content', models.TextField(help_text='The plan file: changes, counts and masked samples, no value of a person.')),
                ('steps', models.PositiveIntegerField(help_text='How many changes it makes.')),
                ('rows', models.BigIntegerField(help_text='How many rows they touch.')),
                ('obligations', models.PositiveIntegerField(help_text='How many tasks for people it opens.')),
                ('state', models.CharField(choices=[('proposed', 'somebody else must say yes'), ('approved', 'somebody else said yes'), ('refused', 'somebody said no'), ('applied', 'every step is done')], default='proposed', help_text='Where it stands.', max_length=10)),
                ('proposed_at', models.DateTimeField(help_text='When it was made.')),
                ('decided_at', models.DateTimeField(help_text='When that was.', null=True)),
                ('why', models.TextField(default='', help_text='What they said.')),
            ],
        ),
        migrations.CreateModel(
            name='Reply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='SHA-256 of the Idempotency-Key.', max_length=64)),
                ('asked', models.CharField(help_text='SHA-256 over method, path and body: the same key must ask the same.', max_length=64)),
                ('status', models.PositiveSmallIntegerField(help_text='The status that was answered; 0 while the first is still at work.')),
                ('body', models.TextField(default='', help_text='The body that was answered.')),
                ('at', models.DateTimeField(help_text='When.')),
            ],
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(default=kept.db.models.account.new_ref, help_text='How addresses and the ledger name it.', max_length=12, unique=True)),
                ('right', models.CharField(help_text='access, erasure, rectification, restriction, objection, portability, complaint.', max_length=30)),
                ('channel', models.CharField(help_text='How it came: centre, api, staff.', max_length=20)),
                ('note', models.TextField(default='', help_text='What the person wrote.')),
                ('state', models.CharField(choices=[('received', 'it is recorded, and nothing was done yet'), ('working', 'somebody is at it'), ('answered', 'it was answered'), ('refused', 'it was refused, with a ground'), ('withdrawn', 'the person took it back')], default='received', help_text='Where it stands.', max_length=10)),
                ('outcome', models.TextField(default='', help_text='What the person was told at the end.')),
                ('received_at', models.DateTimeField(help_text='When it came; the clock starts here.')),
                ('changed_at', models.DateTimeField(help_text='When it last changed.')),
                ('closed_at', models.DateTimeField(help_text='When it ended.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Turn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, help_text='The moment of that run.')),
                ('clause', models.CharField(help_text='The clause of the policy.', max_length=200)),
                ('mark', models.CharField(help_text='kept, broken or unknown; empty where it is no longer checked.', max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name='Viewing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(default=kept.db.models.account.new_ref, help_text='How addresses name it.', max_length=12, unique=True)),
                ('subject', models.CharField(db_index=True, help_text='Whose data, as the vault names people.', max_length=200)),
                ('role', models.CharField(help_text='The role they had then.', max_length=30)),
                ('reason', models.TextField(help_text='Why, in their words; the person reads this.')),
                ('at', models.DateTimeField(help_text='When.')),
                ('until', models.DateTimeField(help_text='When this look ends and a reason must be given again.')),
            ],
        ),
        migrations.AddField(
            model_name='run',
            name='judged_by',
            field=models.DateTimeField(help_text='The day it imagined; null where it judged by its own moment.', null=True),
        ),
        migrations.AddIndex(
            model_name='finding',
            index=models.Index(fields=['clause', 'run'], name='findings_of_a_clause'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='one_account_an_address'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(condition=models.Q(('subject', ''), _negated=True), fields=('subject',), name='one_account_a_subject'),
        ),
        migrations.AddField(
            model_name='apikey',
            name='account',
            field=models.ForeignKey(help_text='For whom it speaks.', on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to='kept.account'),
        ),
        migrations.AddField(
            model_name='choice',
            name='account',
            field=models.ForeignKey(help_text='Who chose.', on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='kept.account'),
        ),
        migrations.AddField(
            model_name='job',
            name='asked_by',
            field=models.ForeignKey(help_text='Who asked for it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='jobs', to='kept.account'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='decided_by',
            field=models.ForeignKey(help_text='Who decided.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='decisions', to='kept.account'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='proposed_by',
            field=models.ForeignKey(help_text='Who made it.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='proposals', to='kept.account'),
        ),
        migrations.AddField(
            model_name='reply',
            name='key',
            field=models.ForeignKey(help_text='Whose.', on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='kept.apikey'),
        ),
        migrations.AddField(
            model_name='request',
            name='account',
            field=models.ForeignKey(help_text='Who asked.', on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='kept.account'),
        ),
        migrations.AddField(
            model_name='turn',
            name='run',
            field=models.ForeignKey(help_text='The run that found it changed.', on_delete=django.db.models.deletion.CASCADE, related_name='turns', to='kept.run'),
        ),
        migrations.AddField(
            model_name='viewing',
            name='staff',
            field=models.ForeignKey(help_text='Who looked.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='viewings', to='kept.account'),
        ),
        migrations.AddConstraint(
            model_name='job',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('waiting', 'running'))), fields=('kind', 'key'), name='one_unfinished_job_a_key'),
        ),
        migrations.AddConstraint(
            model_name='reply',
            constraint=models.UniqueConstraint(fields=('key', 'name'), name='one_reply_a_name'),
        ),
        migrations.AddConstraint(
            model_name='turn',
            constraint=models.UniqueConstraint(fields=('clause', 'run'), name='one_turn_a_clause'),
        ),
    ]
