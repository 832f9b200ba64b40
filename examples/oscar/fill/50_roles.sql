-- Two roles beside the shop's own: reporting, which should only read orders, and may do more than anyone remembers granting.
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kept_oscar_reports') THEN CREATE ROLE kept_oscar_reports NOLOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kept_oscar_desk') THEN CREATE ROLE kept_oscar_desk NOLOGIN; END IF;
END $$;
GRANT SELECT ON order_order, order_line, catalogue_product TO kept_oscar_reports;
GRANT SELECT ON payment_bankcard, auth_user TO kept_oscar_reports;
GRANT DELETE ON order_order TO kept_oscar_reports;
GRANT SELECT, INSERT, UPDATE ON order_ordernote, order_order TO kept_oscar_desk;
