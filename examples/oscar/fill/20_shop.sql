-- The shop itself: countries, catalogue, partners, offers, kinds of events. Nothing personal but the partners' contacts.

INSERT INTO address_country (iso_3166_1_a2, iso_3166_1_a3, iso_3166_1_numeric, printable_name, name, display_order, is_shipping_country)
VALUES ('GB', 'GBR', '826', 'United Kingdom', 'United Kingdom', 1, true), ('DE', 'DEU', '276', 'Germany', 'Germany', 0, true),
    ('FR', 'FRA', '250', 'France', 'France', 0, true), ('US', 'USA', '840', 'United States', 'United States', 0, true),
    ('NL', 'NLD', '528', 'Netherlands', 'Netherlands', 0, true), ('IE', 'IRL', '372', 'Ireland', 'Ireland', 0, true),
    ('ES', 'ESP', '724', 'Spain', 'Spain', 0, true), ('IN', 'IND', '356', 'India', 'India', 0, true);

INSERT INTO catalogue_productclass (id, name, slug, requires_shipping, track_stock) VALUES (1, 'Book', 'book', true, true), (2, 'E-book', 'e-book', false, false);
INSERT INTO catalogue_category (id, path, depth, numchild, name, description, long_description, slug, is_public, ancestors_are_public, exclude_from_menu)
SELECT i, lpad(i::text, 4, '0'), 1, 0, name, '', '', lower(name), true, true, false
FROM unnest('{Fiction,History,Travel,Cookery,Gardening,Children}'::text[]) WITH ORDINALITY AS c (name, i);
INSERT INTO catalogue_option (id, name, code, type, required, "order") VALUES (1, 'Dedication', 'dedication', 'text', false, 0);
INSERT INTO catalogue_product (id, structure, upc, title, slug, description, date_created, date_updated, is_discountable, product_class_id, is_public, priority)
SELECT i, 'standalone', '97802' || lpad(i::text, 8, '0'),
    ('{The Quiet,A Short,The Second,Beyond the,Notes on a,The Last}'::text[])[1 + pg_temp.dice(i, 20, 6)] || ' '
        || ('{Orchard,Harbour,Winter,Atlas,Kitchen,Lighthouse,Garden,Library}'::text[])[1 + pg_temp.dice(i, 21, 8)] || ', vol. ' || i,
    'book-' || i, 'A book about quiet things, in ' || 1 + pg_temp.dice(i, 22, 30) || ' chapters.', t, t, true, 1 + (pg_temp.dice(i, 23, 10) = 0)::int, true, 0
FROM generate_series(1, pg_temp.products()) AS i, LATERAL (SELECT pg_temp.moment(i, 24)) AS m (t);
INSERT INTO catalogue_productcategory (product_id, category_id) SELECT id, 1 + pg_temp.dice(id, 25, 6) FROM catalogue_product;
INSERT INTO analytics_productrecord (num_views, num_basket_additions, num_purchases, score, product_id)
SELECT 100 + pg_temp.dice(id, 26, 9000), pg_temp.dice(id, 27, 900), pg_temp.dice(id, 28, 300), pg_temp.dice(id, 29, 100) / 100.0, id FROM catalogue_product;

INSERT INTO partner_partner (id, code, name)
SELECT i, 'warehouse-' || i, 'Warehouse ' || ('{Leeds,Leipzig,Lyon,Utrecht}'::text[])[i] FROM generate_series(1, 4) AS i;
INSERT INTO partner_partneraddress (title, first_name, last_name, line1, line2, line3, line4, state, postcode, search_text, country_id, partner_id)
SELECT '', pg_temp.first_name(-i), pg_temp.last_name(-i), pg_temp.street(-i), '', '', pg_temp.town(-i), '', pg_temp.postcode(-i),
    concat_ws(' ', pg_temp.first_name(-i), pg_temp.last_name(-i), pg_temp.street(-i), pg_temp.town(-i)), pg_temp.country(-i), i FROM generate_series(1, 4) AS i;
INSERT INTO partner_stockrecord (id, partner_sku, price_currency, price, num_in_stock, num_allocated, date_created, date_updated, partner_id, product_id)
SELECT id, 'SKU-' || id, 'GBP', 4 + pg_temp.dice(id, 30, 4000) / 100.0, pg_temp.dice(id, 31, 500), 0, date_created, date_created, 1 + id % 4, id FROM catalogue_product;
INSERT INTO partner_stockalert (threshold, status, date_created, stockrecord_id)
SELECT 5, 'Open', pg_temp.moment(id, 32), id FROM partner_stockrecord WHERE num_in_stock < 5;

INSERT INTO communication_communicationeventtype (id, code, name, category, date_created, date_updated)
SELECT i, code, initcap(replace(code, '_', ' ')), 'Order related', now(), now()
FROM unnest('{ORDER_PLACED,ORDER_SHIPPED,REVIEW_INVITATION}'::text[]) WITH ORDINALITY AS c (code, i);
INSERT INTO order_paymenteventtype (id, name, code) VALUES (1, 'Settled', 'settled'), (2, 'Refunded', 'refunded');
INSERT INTO order_shippingeventtype (id, name, code) VALUES (1, 'Dispatched', 'dispatched'), (2, 'Returned', 'returned');
INSERT INTO payment_sourcetype (id, name, code) VALUES (1, 'Card', 'card'), (2, 'Invoice', 'invoice');
INSERT INTO shipping_orderanditemcharges (id, code, name, description, price_per_order, price_per_item) VALUES (1, 'post', 'By post', '', 3.50, 0.25);
INSERT INTO offer_range (id, name, slug, description, is_public, includes_all_products, date_created) VALUES (1, 'Everything', 'everything', '', true, true, now());
INSERT INTO offer_benefit (id, type, value, range_id) VALUES (1, 'Percentage', 10, 1);
INSERT INTO offer_condition (id, type, value, range_id) VALUES (1, 'Count', 2, 1);
INSERT INTO offer_conditionaloffer (id, name, slug, description, offer_type, status, priority, total_discount, num_applications, num_orders, redirect_url,
    date_created, benefit_id, condition_id, exclusive) VALUES (1, 'Ten per cent', 'ten-per-cent', '', 'Voucher', 'Open', 0, 0, 0, 0, '', now(), 1, 1, true);
INSERT INTO voucher_voucherset (id, name, count, code_length, description, date_created, start_datetime, end_datetime)
VALUES (1, 'Newsletter', 100, 8, '', now(), now() - interval '8 years', now() + interval '1 year');
INSERT INTO voucher_voucher (id, name, code, usage, start_datetime, end_datetime, num_basket_additions, num_orders, total_discount, date_created, voucher_set_id)
SELECT i, 'Newsletter ' || i, 'READ' || lpad(i::text, 4, '0'), 'Multi-use', now() - interval '8 years', now() + interval '1 year', 0, 0, 0, now(), 1 FROM generate_series(1, 100) AS i;
INSERT INTO voucher_voucher_offers (voucher_id, conditionaloffer_id) SELECT id, 1 FROM voucher_voucher;
