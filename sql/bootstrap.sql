-- What must exist before the first migration: roles, schemas and the table of migrations.  Idempotent, run by migrate.sh.
-- Roles belong to the whole cluster, so that another database's run may be making them at the same moment.
-- No role gets a password here: how a program logs in is the operator's choice (pg_hba.conf, alter role … password).

begin;
set local client_min_messages = warning;
-- one runner at a time; there is no table to lock yet
select pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('wecom.migration', 0)) as locked \gset

do $$
declare
	v_role record;
begin
	for v_role in
		select r.name, r.can_login
		from (values
			('wecom_owner', false),
			('wecom_reader', false),
			('wecom_callback', true),
			('wecom_sync', true),
			('wecom_web', true),
			('wecom_report', true)
		) as r (name, can_login)
		where pg_catalog.to_regrole(r.name) is null
	loop
		begin
			execute pg_catalog.format('create role %I %s', v_role.name,
				case when v_role.can_login then 'login' else 'nologin' end);
		exception
			when duplicate_object or unique_violation then
				null;	-- another database's runner was faster
		end;
	end loop;
	-- a runner that is no superuser acts for the two roles that own things
	for v_role in
		select r.name
		from (values ('wecom_owner'), ('wecom_reader')) as r (name)
		where not pg_catalog.pg_has_role(current_user, r.name, 'member')
	loop
		execute pg_catalog.format('grant %I to %I', v_role.name, current_user);
	end loop;
	for v_role in
		select s.name
		from (values ('wecom'), ('mirror'), ('report')) as s (name)
		where pg_catalog.to_regnamespace(s.name) is null
	loop
		execute pg_catalog.format('create schema %I authorization wecom_owner', v_role.name);
	end loop;
end
$$;

set local role wecom_owner;

comment on schema wecom is 'Tables and functions of WeCom Mirror. Programs call functions; nobody but the owner reads tables.';
comment on schema mirror is 'Current state as views, for readers.';
comment on schema report is 'Questions answered over time, as views and functions, for readers.';

-- wecom_reader makes and owns the views
grant usage on schema wecom to wecom_reader;
grant usage, create on schema mirror, report to wecom_reader;

create table if not exists wecom.migration (
	version integer not null,
	name text not null,
	applied_at timestamptz not null default now(),
	constraint migration_pkey primary key (version)
);
comment on table wecom.migration is 'One row for each migration applied; written first in the migration''s own transaction.';
comment on column wecom.migration.version is 'Number of the file sql/migrate/NNNN_name.sql.';
comment on column wecom.migration.name is 'What the file name says after the number.';
comment on column wecom.migration.applied_at is 'Start of the transaction that applied it.';
commit;
