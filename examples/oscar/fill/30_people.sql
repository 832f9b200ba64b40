-- Customers 1 … people, staff behind them. A tenth never came back after signing up: last_login is NULL, a clock that never starts.

INSERT INTO auth_user (id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
SELECT k, 'pbkdf2_sha256$600000$' || left(md5(k::text), 22) || '$' || encode(sha256(k::text::bytea), 'base64'),
    CASE WHEN pg_temp.dice(k, 40, 10) > 0 THEN joined + (current_setting('fill.today')::timestamptz - joined) * (pg_temp.dice(k, 41, 1000) / 1000.0) END,
    false, left(md5('customer ' || k), 30), pg_temp.first_name(k), pg_temp.last_name(k), pg_temp.email(k), false, pg_temp.dice(k, 42, 50) > 0, joined
FROM generate_series(1, pg_temp.people()) AS k, LATERAL (SELECT pg_temp.moment(k, 43)) AS m (joined);
INSERT INTO auth_user (id, password, last_login, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
SELECT k, '!', current_setting('fill.today')::timestamptz - make_interval(days => pg_temp.dice(k, 44, 20)), s = 1, 'staff' || s,
    pg_temp.first_name(k), pg_temp.last_name(k), 'staff' || s || '@books.example', true, true, pg_temp.moment(k, 43)
FROM generate_series(1, pg_temp.staff()) AS s, LATERAL (SELECT pg_temp.people() + s) AS x (k);
INSERT INTO auth_group (name) VALUES ('Order desk') ON CONFLICT DO NOTHING;
INSERT INTO auth_user_groups (user_id, group_id) SELECT u.id, g.id FROM auth_user AS u, auth_group AS g WHERE u.is_staff AND g.name = 'Order desk';
INSERT INTO partner_partner_users (partner_id, user_id) SELECT 1 + id % 4, id FROM auth_user WHERE is_staff;

INSERT INTO address_useraddress (title, first_name, last_name, line1, line2, line3, line4, state, postcode, search_text, phone_number, notes,
    is_default_for_shipping, is_default_for_billing, num_orders_as_shipping_address, num_orders_as_billing_address, hash, date_created, country_id, user_id)
SELECT ('{Mr,Ms,Dr,""}'::text[])[1 + pg_temp.dice(k, 45, 4)], pg_temp.first_name(k), pg_temp.last_name(k), pg_temp.street(f), '', '', pg_temp.town(f), '',
    pg_temp.postcode(f), concat_ws(' ', pg_temp.first_name(k), pg_temp.last_name(k), pg_temp.street(f), pg_temp.town(f), pg_temp.postcode(f)),
    CASE WHEN pg_temp.dice(f, 46, 3) > 0 THEN pg_temp.phone(k) ELSE '' END, CASE WHEN pg_temp.dice(f, 47, 12) = 0 THEN pg_temp.remark(f, k) ELSE '' END,
    f = k, f = k, 0, 0, hashint8(f)::text, pg_temp.moment(k, 43), pg_temp.country(f), k
FROM generate_series(1, pg_temp.people()) AS k, unnest(ARRAY[k, CASE WHEN pg_temp.dice(k, 48, 5) = 0 THEN k + 1000000000 END]) AS f WHERE f IS NOT NULL;

INSERT INTO analytics_usersearch (query, date_created, user_id)
SELECT CASE WHEN pg_temp.dice(i, 50, 200) = 0 THEN pg_temp.email(k) WHEN pg_temp.dice(i, 50, 200) = 1 THEN 'living with depression'
        ELSE ('{gardening for beginners,cookbook,atlas of rivers,winter stories,picture book age 4,lighthouse,history of salt}'::text[])[1 + pg_temp.dice(i, 51, 7)] END,
    pg_temp.moment(i, 52), k
FROM generate_series(1, pg_temp.people() * 3) AS i, LATERAL (SELECT 1 + pg_temp.dice(i, 53, pg_temp.people())) AS x (k);
INSERT INTO analytics_userproductview (date_created, product_id, user_id)
SELECT pg_temp.moment(i, 54), 1 + pg_temp.dice(i, 55, pg_temp.products()), 1 + pg_temp.dice(i, 56, pg_temp.people())
FROM generate_series(1, pg_temp.people() * 5) AS i;

INSERT INTO payment_bankcard (card_type, name, number, expiry_date, partner_reference, user_id)
SELECT 'Visa', pg_temp.first_name(k) || ' ' || pg_temp.last_name(k),
    -- An old import once stored whole numbers: one card in five hundred has all sixteen digits (of a test number).
    CASE WHEN pg_temp.dice(k, 57, 500) = 0 THEN '4111111111111111' ELSE 'XXXX-XXXX-XXXX-' || lpad(pg_temp.dice(k, 58, 10000)::text, 4, '0') END,
    (current_setting('fill.today')::timestamptz + make_interval(months => pg_temp.dice(k, 59, 96) - 60))::date, 'tok_' || left(md5(k::text), 24), k
FROM generate_series(1, pg_temp.people()) AS k WHERE pg_temp.dice(k, 60, 10) = 0;

INSERT INTO reviews_productreview (id, score, title, body, name, email, homepage, status, total_votes, delta_votes, date_created, product_id, user_id)
SELECT i, 1 + pg_temp.dice(i, 61, 5), ('{Lovely,Could be shorter,A gift that worked,Not for me}'::text[])[1 + pg_temp.dice(i, 62, 4)],
    'I read it in ' || 2 + pg_temp.dice(i, 63, 9) || ' evenings. ' || CASE WHEN pg_temp.dice(i, 64, 60) = 0 THEN 'Swap it with me? ' || pg_temp.phone(k)
        WHEN pg_temp.dice(i, 64, 60) = 1 THEN 'It helped me through my chemotherapy.' ELSE 'The maps are good.' END,
    CASE WHEN known THEN '' ELSE pg_temp.first_name(k) || ' ' || pg_temp.last_name(k) END, CASE WHEN known THEN '' ELSE pg_temp.email(k) END,
    CASE WHEN pg_temp.dice(i, 65, 20) = 0 THEN 'https://reader' || k || '.example/' ELSE '' END, 1, 0, 0, pg_temp.moment(i, 66),
    1 + i % pg_temp.products(), CASE WHEN known THEN k END
FROM generate_series(1, pg_temp.people() * 3 / 10) AS i, LATERAL (SELECT 1 + i * 3 % pg_temp.people(), pg_temp.dice(i, 67, 4) > 0) AS x (k, known)
ON CONFLICT (product_id, user_id) DO NOTHING;
INSERT INTO reviews_vote (delta, date_created, review_id, user_id)
SELECT 1, r.date_created + interval '1 day', r.id, 1 + pg_temp.dice(r.id, 68, pg_temp.people()) FROM reviews_productreview AS r WHERE pg_temp.dice(r.id, 69, 3) = 0;

INSERT INTO wishlists_wishlist (id, name, key, visibility, date_created, owner_id)
SELECT i, CASE WHEN pg_temp.dice(i, 70, 10) = 0 THEN 'For ' || pg_temp.first_name(i + 7) || '''s birthday' ELSE 'Wish list' END,
    lpad(to_hex(i), 6, '0'), ('{Private,Shared,Public}'::text[])[1 + pg_temp.dice(i, 71, 3)], pg_temp.moment(i, 72), 1 + i * 5 % pg_temp.people()
FROM generate_series(1, pg_temp.people() / 5) AS i;
INSERT INTO wishlists_line (quantity, title, product_id, wishlist_id)
SELECT 1, p.title, p.id, w.id FROM wishlists_wishlist AS w, generate_series(0, 1) AS n, catalogue_product AS p
WHERE p.id = 1 + (pg_temp.dice(w.id, 73, pg_temp.products()) + n) % pg_temp.products();
-- The friends a list is shared with: people who never had anything to do with the shop.
INSERT INTO wishlists_wishlistsharedemail (email, wishlist_id)
SELECT pg_temp.email(2000000000 + id), id FROM wishlists_wishlist WHERE visibility = 'Shared';

INSERT INTO customer_productalert (email, key, status, date_created, date_confirmed, date_closed, product_id, user_id)
SELECT CASE WHEN known THEN '' ELSE pg_temp.email(3000000000 + i) END, CASE WHEN known THEN '' ELSE md5(i::text) END,
    ('{Unconfirmed,Active,Closed}'::text[])[1 + s], t, CASE WHEN s > 0 THEN t + interval '1 hour' END, CASE WHEN s > 1 THEN t + interval '30 days' END,
    1 + pg_temp.dice(i, 74, pg_temp.products()), CASE WHEN known THEN 1 + pg_temp.dice(i, 75, pg_temp.people()) END
FROM generate_series(1, pg_temp.people() / 10) AS i, LATERAL (SELECT pg_temp.moment(i, 76), pg_temp.dice(i, 77, 3), pg_temp.dice(i, 78, 2) = 0) AS x (t, s, known);

-- Sessions are opaque (signed, compressed); nobody ever ran clearsessions.
INSERT INTO django_session (session_key, session_data, expire_date)
SELECT left(md5('session ' || i) || md5(i::text), 32), 'eyJ' || encode(sha256(i::text::bytea), 'hex') || ':1r' || left(md5(i::text), 5) || ':' || md5((-i)::text),
    pg_temp.moment(i, 79) + interval '14 days'
FROM generate_series(1, pg_temp.people()) AS i;

INSERT INTO communication_notification (subject, body, location, date_sent, date_read, recipient_id)
SELECT 'Back in stock', 'Dear ' || pg_temp.first_name(k) || ', the book you asked for is here again.', 'Inbox', t,
    CASE WHEN pg_temp.dice(i, 80, 2) = 0 THEN t + interval '2 days' END, k
FROM generate_series(1, pg_temp.people() / 5) AS i, LATERAL (SELECT pg_temp.moment(i, 81), 1 + pg_temp.dice(i, 82, pg_temp.people())) AS x (t, k);
