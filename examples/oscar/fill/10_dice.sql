-- Dice and faces: everything below is a pure function of the seed and a number, so the same seed fills the same shop.
-- No extension, no random(): hashint8extended(n, seed) is PostgreSQL's own, the same on every machine of one release.

CREATE FUNCTION pg_temp.dice(n bigint, salt int, sides int) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT ((hashint8extended(n, current_setting('fill.seed')::bigint * 1000 + salt) & 9223372036854775807) % sides)::int
$$;

CREATE FUNCTION pg_temp.people() RETURNS int LANGUAGE sql STABLE AS $$ SELECT current_setting('fill.people')::int $$;
CREATE FUNCTION pg_temp.orders() RETURNS int LANGUAGE sql STABLE AS $$ SELECT current_setting('fill.orders')::int $$;
CREATE FUNCTION pg_temp.products() RETURNS int LANGUAGE sql STABLE AS $$ SELECT least(2000, greatest(40, pg_temp.orders() / 500)) $$;
CREATE FUNCTION pg_temp.staff() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 20 $$;

-- A moment in the last eight years, to the second.
CREATE FUNCTION pg_temp.moment(n bigint, salt int) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT current_setting('fill.today')::timestamptz - make_interval(secs => pg_temp.dice(n, salt, 8 * 365 * 86400))
$$;

-- Who is number k: customers are 1 … people; guests and people whose account is gone have numbers behind those.
CREATE FUNCTION pg_temp.first_name(k bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ('{Amelia,Oliver,Jürgen,Sophie,Aarav,Priya,Niamh,Seán,Camille,Hugo,Sanne,Daan,Lucía,Mateo,Emma,Liam,Anneliese,Friedrich,
        Zoë,Théo,Ishaan,Meera,Grace,Samuel,Hannah,Jakob,Chloé,Antoine,Fleur,Pieter,Carmen,Javier,Olivia,Noah,Katharina,Matthias,
        Eilidh,Callum,Ananya,Rohan,Margot,Étienne,Lotte,Bram,Inés,Pablo,Charlotte,Ethan,Ursula,Wolfgang}'::text[])[1 + pg_temp.dice(k, 1, 50)]
$$;
CREATE FUNCTION pg_temp.last_name(k bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ('{Whitfield,Ashdown,Müller,Schneider,Sharma,Iyer,Gallagher,Ní Bhriain,Lefèvre,Moreau,de Vries,Jansen,García,Navarro,Thompson,
        Ramirez,Hoffmann,Kessler,Okafor,Nguyen,Banerjee,Reddy,Pemberton,Carlisle,Vogel,Brandt,Dubois,Fontaine,van den Berg,Visser,
        Ortega,Delgado,Anderson,Brooks,Zimmermann,Krüger,MacLeod,O''Sullivan,Chatterjee,Nair,Rousseau,Girard,Bakker,Smit,Herrera,Castillo,
        Hawkins,Sinclair,Weiß,Lindqvist}'::text[])[1 + pg_temp.dice(k, 2, 50)]
$$;
-- Addresses of the reserved domains (RFC 2606); one in thirty is typed in another letter case, as people do.
CREATE FUNCTION pg_temp.email(k bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN pg_temp.dice(k, 5, 30) = 0 THEN initcap(a) ELSE a END
    FROM (SELECT translate(lower(pg_temp.first_name(k) || '.' || pg_temp.last_name(k)), ' ''äöüßéèëáíúìó', '--aouseeeaiuio')
        || k || '@' || ('{example.com,example.org,example.net,mail.example.com,post.example.org}'::text[])[1 + pg_temp.dice(k, 3, 5)]) AS x (a)
$$;
CREATE FUNCTION pg_temp.country(k bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT ('{GB,GB,GB,GB,GB,GB,GB,GB,DE,DE,DE,DE,FR,FR,US,US,NL,IE,ES,IN}'::text[])[1 + pg_temp.dice(k, 4, 20)]
$$;
-- Numbers set aside for films and examples where a regulator has set some aside, made up elsewhere.
CREATE FUNCTION pg_temp.phone(k bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE pg_temp.country(k)
        WHEN 'GB' THEN '+442079460' || lpad(pg_temp.dice(k, 6, 1000)::text, 3, '0')
        WHEN 'DE' THEN '+493023125' || lpad(pg_temp.dice(k, 6, 1000)::text, 3, '0')
        WHEN 'FR' THEN '+33199000' || lpad(pg_temp.dice(k, 6, 1000)::text, 3, '0')
        WHEN 'US' THEN '+1212555' || lpad((100 + pg_temp.dice(k, 6, 100))::text, 4, '0')
        WHEN 'NL' THEN '+312012300' || lpad(pg_temp.dice(k, 6, 100)::text, 2, '0')
        WHEN 'IE' THEN '+35315550' || lpad(pg_temp.dice(k, 6, 1000)::text, 3, '0')
        WHEN 'ES' THEN '+349101200' || lpad(pg_temp.dice(k, 6, 100)::text, 2, '0')
        ELSE '+9198765432' || lpad(pg_temp.dice(k, 6, 100)::text, 2, '0')
    END
$$;
CREATE FUNCTION pg_temp.street(k bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE pg_temp.country(k)
        WHEN 'DE' THEN s || ' ' || n WHEN 'NL' THEN s || ' ' || n WHEN 'ES' THEN s || ', ' || n ELSE n || ' ' || s END
    FROM (SELECT 1 + pg_temp.dice(k, 7, 180), (CASE pg_temp.country(k)
        WHEN 'DE' THEN '{Lindenstraße,Bahnhofstraße,Goetheweg,Am Mühlbach}' WHEN 'FR' THEN '{rue des Lilas,avenue Foch,boulevard Voltaire,impasse du Puits}'
        WHEN 'NL' THEN '{Prinsengracht,Kerkstraat,Dorpsweg,Molenpad}' WHEN 'ES' THEN '{Calle Mayor,Calle del Olmo,Avenida de la Paz,Plaza Nueva}'
        WHEN 'IN' THEN '{MG Road,Residency Road,Lake View Road,Temple Street}' WHEN 'US' THEN '{Maple Avenue,Oak Street,2nd Street,Harbor Drive}'
        ELSE '{High Street,Station Road,Church Lane,Mill Hill}' END::text[])[1 + pg_temp.dice(k, 8, 4)]) AS x (n, s)
$$;
CREATE FUNCTION pg_temp.town(k bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT (CASE pg_temp.country(k)
        WHEN 'DE' THEN '{Berlin,Leipzig,Köln}' WHEN 'FR' THEN '{Lyon,Nantes,Lille}' WHEN 'NL' THEN '{Utrecht,Zwolle,Delft}'
        WHEN 'ES' THEN '{Sevilla,Bilbao,Valencia}' WHEN 'IN' THEN '{Pune,Bengaluru,Chennai}' WHEN 'US' THEN '{Albany,Portland,Savannah}'
        WHEN 'IE' THEN '{Cork,Galway,Sligo}' ELSE '{Leeds,Hereford,Norwich}' END::text[])[1 + pg_temp.dice(k, 9, 3)]
$$;
CREATE FUNCTION pg_temp.postcode(k bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE pg_temp.country(k)
        WHEN 'GB' THEN ('{LS,HR,NR}'::text[])[1 + pg_temp.dice(k, 9, 3)] || 1 + pg_temp.dice(k, 10, 20) || ' ' || 1 + pg_temp.dice(k, 11, 9) || 'QT'
        WHEN 'NL' THEN 1000 + pg_temp.dice(k, 10, 8999) || ' KB'
        WHEN 'IE' THEN 'T12 X' || 100 + pg_temp.dice(k, 10, 899)
        WHEN 'IN' THEN (411001 + pg_temp.dice(k, 10, 60))::text
        ELSE (10000 + pg_temp.dice(k, 10, 79999))::text
    END
$$;
-- What people write where a form offers a box: mostly nothing of note, sometimes a phone number, sometimes more than they should.
CREATE FUNCTION pg_temp.remark(n bigint, k bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN d < 40 THEN 'Please leave the parcel with the neighbour at number ' || 1 + pg_temp.dice(n, 13, 90) || '.'
        WHEN d < 70 THEN 'Ring ' || pg_temp.phone(k) || ' when you are outside, the bell is broken.'
        WHEN d < 90 THEN 'It is a present, no invoice in the box please.'
        WHEN d < 97 THEN 'Questions to ' || pg_temp.email(k) || ', I am not at home before six.'
        ELSE 'I use a wheelchair after a stroke and cannot come down, please bring it to the second floor.' END
    FROM (SELECT pg_temp.dice(n, 12, 100)) AS x (d)
$$;
