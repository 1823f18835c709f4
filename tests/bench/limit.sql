\set a random(1, 1000000000000000)
\set t random(0, :chats - 1)
\set c :t % :corps
select wecom.ingest('wpbench' || lpad((:c)::text, 25, '0'), (:head || lpad(to_hex((:a)::bigint), 64, '0') || :middle || lpad((:t)::text, 8, '0') || :tail)::jsonb);
