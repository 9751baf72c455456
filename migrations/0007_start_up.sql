-- The portal sees for itself that the schema is its own before it serves.
grant select on _sqlx_migrations to cordon_gate;
