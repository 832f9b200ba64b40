-- Orders 1 … orders: 70 in a hundred by a customer, 22 by a guest, 8 by someone whose account was deleted since
-- (oscar then sets user_id to NULL, leaves guest_email empty, and keeps the addresses as they are).

CREATE TEMPORARY TABLE buyer AS
SELECT i AS id, CASE WHEN d < 70 THEN 1 + pg_temp.dice(i, 101, pg_temp.people()) ELSE pg_temp.people() + pg_temp.staff() + i END::bigint AS k,
    d < 70 AS known, d >= 92 AS gone, pg_temp.moment(i, 102) AS placed, 1 + (pg_temp.dice(i, 103, 10) + 1) / 4 AS lines,
    pg_temp.dice(i, 104, 10) > 0 AS shipped
FROM generate_series(1, pg_temp.orders()) AS i, LATERAL (SELECT pg_temp.dice(i, 100, 100)) AS x (d);
ANALYZE buyer;

INSERT INTO order_billingaddress (id, title, first_name, last_name, line1, line2, line3, line4, state, postcode, search_text, country_id)
SELECT id, '', f, l, s, '', '', t, '', p, concat_ws(' ', f, l, s, t, p), pg_temp.country(k)
FROM buyer, LATERAL (SELECT pg_temp.first_name(k), pg_temp.last_name(k), pg_temp.street(k), pg_temp.town(k), pg_temp.postcode(k)) AS x (f, l, s, t, p);
INSERT INTO order_shippingaddress (id, title, first_name, last_name, line1, line2, line3, line4, state, postcode, search_text, phone_number, notes, country_id)
SELECT a.id, a.title, a.first_name, a.last_name, a.line1, a.line2, a.line3, a.line4, a.state, a.postcode, a.search_text,
    CASE WHEN pg_temp.dice(a.id, 105, 3) > 0 THEN pg_temp.phone(k) ELSE '' END, CASE WHEN pg_temp.dice(a.id, 106, 12) = 0 THEN pg_temp.remark(a.id, k) ELSE '' END,
    a.country_id
FROM order_billingaddress AS a JOIN buyer USING (id) WHERE shipped;

INSERT INTO basket_basket (id, status, date_created, date_submitted, owner_id)
SELECT id, 'Submitted', placed - interval '20 minutes', placed, CASE WHEN known THEN k END FROM buyer;
-- Baskets that were left standing: some of customers, some of visitors nobody knows.
INSERT INTO basket_basket (id, status, date_created, owner_id)
SELECT pg_temp.orders() + i, ('{Open,Open,Open,Saved}'::text[])[1 + pg_temp.dice(i, 107, 4)], pg_temp.moment(i, 108),
    CASE WHEN pg_temp.dice(i, 109, 2) = 0 THEN 1 + pg_temp.dice(i, 110, pg_temp.people()) END
FROM generate_series(1, pg_temp.people() / 2) AS i;

INSERT INTO order_order (id, number, currency, total_incl_tax, total_excl_tax, shipping_incl_tax, shipping_excl_tax, shipping_method, shipping_code, status,
    guest_email, date_placed, basket_id, billing_address_id, shipping_address_id, site_id, user_id, analytics_tracked)
SELECT id, (100000 + id)::text, 'GBP', 12 * lines + 3.5, 12 * lines + 3.5, 3.5, 3.5, 'By post', 'post',
    CASE WHEN placed > current_setting('fill.today')::timestamptz - interval '10 days' THEN 'Being processed'
        ELSE ('{Complete,Complete,Complete,Cancelled}'::text[])[1 + pg_temp.dice(id, 111, 4)] END,
    CASE WHEN known OR gone THEN '' ELSE pg_temp.email(k) END, placed, id, id, CASE WHEN shipped THEN id END, 1, CASE WHEN known THEN k END, true
FROM buyer;

INSERT INTO order_line (id, partner_name, partner_sku, partner_line_reference, partner_line_notes, title, upc, quantity, line_price_incl_tax, line_price_excl_tax,
    line_price_before_discounts_incl_tax, line_price_before_discounts_excl_tax, unit_price_incl_tax, unit_price_excl_tax, status, order_id, partner_id, product_id,
    stockrecord_id, allocation_cancelled, num_allocated)
SELECT (b.id - 1) * 4 + n, 'Warehouse', 'SKU-' || p.id, '', CASE WHEN pg_temp.dice(b.id, 112, 200) = 0 AND n = 1 THEN 'Gift wrap, card: for ' || pg_temp.first_name(b.k + 1) ELSE '' END,
    p.title, p.upc, 1, 12, 12, 12, 12, 12, 12, 'Complete', b.id, 1 + p.id % 4, p.id, p.id, false, 0
FROM buyer AS b CROSS JOIN LATERAL generate_series(1, b.lines) AS n
JOIN catalogue_product AS p ON p.id = 1 + (pg_temp.dice(b.id, 113, pg_temp.products()) + n) % pg_temp.products();
INSERT INTO order_lineprice (quantity, price_incl_tax, price_excl_tax, shipping_incl_tax, shipping_excl_tax, line_id, order_id) SELECT 1, 12, 12, 0, 0, id, order_id FROM order_line;
INSERT INTO order_lineattribute (type, value, line_id, option_id)
SELECT 'text', to_jsonb('To ' || pg_temp.first_name(id) || ' with love'), id, 1 FROM order_line WHERE pg_temp.dice(id, 114, 100) = 0;
INSERT INTO basket_line (line_reference, quantity, price_currency, price_excl_tax, price_incl_tax, date_created, date_updated, basket_id, product_id, stockrecord_id)
SELECT l.product_id || '_' || l.id, 1, 'GBP', 12, 12, b.placed, b.placed, l.order_id, l.product_id, l.stockrecord_id FROM order_line AS l JOIN buyer AS b ON b.id = l.order_id;
INSERT INTO basket_line (line_reference, quantity, price_currency, price_excl_tax, price_incl_tax, date_created, date_updated, basket_id, product_id, stockrecord_id)
SELECT p || '_1', 1, 'GBP', 12, 12, date_created, date_created, id, p, p
FROM basket_basket, LATERAL (SELECT 1 + pg_temp.dice(id, 115, pg_temp.products())) AS x (p) WHERE status <> 'Submitted';
INSERT INTO basket_lineattribute (value, line_id, option_id)
SELECT to_jsonb('To ' || pg_temp.first_name(id) || ' with love'), id, 1 FROM basket_line WHERE pg_temp.dice(id, 114, 100) = 0;

INSERT INTO order_ordernote (note_type, message, date_created, date_updated, order_id, user_id)
SELECT CASE WHEN pg_temp.dice(id, 116, 2) = 0 THEN 'Info' ELSE 'Warning' END,
    CASE WHEN pg_temp.dice(id, 117, 4) = 0 THEN 'Customer called from ' || pg_temp.phone(k) || ' about the delivery.'
        WHEN pg_temp.dice(id, 117, 4) = 1 THEN pg_temp.first_name(k) || ' ' || pg_temp.last_name(k) || ' wrote: ' || pg_temp.remark(id, k)
        WHEN pg_temp.dice(id, 118, 30) = 0 THEN 'Wants to pay later, is on sick leave with depression.' ELSE 'Address checked.' END,
    placed + interval '3 hours', placed + interval '3 hours', id, pg_temp.people() + 1 + pg_temp.dice(id, 119, pg_temp.staff())
FROM buyer WHERE pg_temp.dice(id, 120, 10) = 0;
INSERT INTO order_communicationevent (date_created, event_type_id, order_id) SELECT placed + interval '1 minute', 1 + pg_temp.dice(id, 121, 3), id FROM buyer;
INSERT INTO order_orderstatuschange (old_status, new_status, date_created, order_id) SELECT 'Pending', 'Being processed', placed + interval '1 hour', id FROM buyer;
INSERT INTO order_orderdiscount (id, category, offer_id, offer_name, voucher_id, voucher_code, frequency, amount, message, order_id)
SELECT id, 'Basket', 1, 'Ten per cent', 1, 'READ0001', 1, 1.20, '', id FROM buyer WHERE pg_temp.dice(id, 122, 10) = 0;
INSERT INTO order_orderlinediscount (is_incl_tax, amount, line_id, order_discount_id) SELECT true, 1.20, (order_id - 1) * 4 + 1, id FROM order_orderdiscount;
INSERT INTO voucher_voucherapplication (date_created, order_id, user_id, voucher_id)
SELECT placed, id, CASE WHEN known THEN k END, 1 + pg_temp.dice(id, 123, 100) FROM buyer WHERE pg_temp.dice(id, 122, 10) = 0;
INSERT INTO order_surcharge (name, code, incl_tax, excl_tax, order_id) SELECT 'Small order', 'small', 0.5, 0.5, id FROM buyer WHERE pg_temp.dice(id, 124, 50) = 0;
INSERT INTO payment_source (id, currency, amount_allocated, amount_debited, amount_refunded, reference, label, order_id, source_type_id)
SELECT id, 'GBP', 12 * lines + 3.5, 12 * lines + 3.5, 0, 'pay_' || left(md5(id::text), 16),
    CASE WHEN pg_temp.dice(id, 125, 5) > 0 THEN 'Visa ' || lpad(pg_temp.dice(k, 58, 10000)::text, 4, '0') ELSE '' END, id, 1 + (pg_temp.dice(id, 125, 5) = 0)::int FROM buyer;
INSERT INTO payment_transaction (txn_type, amount, reference, status, date_created, source_id)
SELECT 'Debit', 12 * lines + 3.5, 'txn_' || left(md5(id::text), 16), 'OK', placed, id FROM buyer;
INSERT INTO order_paymentevent (id, amount, reference, date_created, event_type_id, order_id)
SELECT id, 12 * lines + 3.5, 'pay_' || left(md5(id::text), 16), placed, 1, id FROM buyer;
INSERT INTO order_shippingevent (id, notes, date_created, event_type_id, order_id)
SELECT id, CASE WHEN pg_temp.dice(id, 126, 25) = 0 THEN 'Handed to ' || pg_temp.first_name(k + 3) || ' ' || pg_temp.last_name(k + 3) || ' next door' ELSE '' END,
    placed + interval '2 days', 1, id FROM buyer WHERE shipped;
-- Only orders sent in parts record how much of a line went.
INSERT INTO order_shippingeventquantity (quantity, event_id, line_id) SELECT 1, id, (order_id - 1) * 4 + 1 FROM order_shippingevent WHERE pg_temp.dice(id, 127, 20) = 0;
INSERT INTO order_paymenteventquantity (quantity, event_id, line_id) SELECT 1, id, (order_id - 1) * 4 + 1 FROM order_paymentevent WHERE pg_temp.dice(id, 127, 20) = 0;

INSERT INTO analytics_userrecord (num_product_views, num_basket_additions, num_orders, num_order_lines, num_order_items, total_spent, date_last_order, user_id)
SELECT 0, 0, count(b.id), coalesce(sum(b.lines), 0), coalesce(sum(b.lines), 0), coalesce(sum(12 * b.lines + 3.5), 0), max(b.placed), u.id
FROM auth_user AS u LEFT JOIN buyer AS b ON b.known AND b.k = u.id WHERE NOT u.is_staff GROUP BY u.id;

-- Every second order's confirmation is still there, text and all; guests' under their address, without an account.
INSERT INTO communication_email (subject, body_text, body_html, date_sent, user_id, email)
SELECT 'Your order ' || 100000 + id, 'Dear ' || pg_temp.first_name(k) || ' ' || pg_temp.last_name(k) || E',\nthank you for your order ' || 100000 + id
        || E'.\nIt goes to ' || pg_temp.street(k) || ', ' || pg_temp.postcode(k) || ' ' || pg_temp.town(k) || E'.\nYour bookshop',
    '', placed + interval '1 minute', CASE WHEN known THEN k END, CASE WHEN known THEN NULL ELSE pg_temp.email(k) END
FROM buyer WHERE NOT gone AND id % 2 = 0;
INSERT INTO django_admin_log (action_time, object_id, object_repr, action_flag, change_message, content_type_id, user_id)
SELECT placed + interval '4 hours', k::text, CASE WHEN pg_temp.dice(id, 128, 2) = 0 THEN pg_temp.email(k) ELSE 'Order #' || 100000 + id END, 2,
    '[{"changed": {"fields": ["Email address"]}}]', NULL, pg_temp.people() + 1 + pg_temp.dice(id, 129, pg_temp.staff())
FROM buyer WHERE known AND pg_temp.dice(id, 130, 50) = 0;
INSERT INTO offer_rangeproductfileupload (filepath, size, date_uploaded, status, error_message, range_id, uploaded_by_id, upload_type)
SELECT 'ranges/spring.csv', 2048, pg_temp.moment(1, 131), 'Processed', '', 1, pg_temp.people() + 1, 'included';
