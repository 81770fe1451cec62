SELECT pg_catalog.set_config('search_path', '', false);
CREATE TYPE langflow.access_type_enum AS ENUM (
    'PRIVATE',
    'PUBLIC'
);
CREATE TYPE langflow.deployment_provider_key_enum AS ENUM (
    'watsonx-orchestrate'
);
CREATE TYPE langflow.deployment_type_enum AS ENUM (
    'agent'
);
CREATE TYPE langflow.execution_signal_type_enum AS ENUM (
    'stop',
    'pause',
    'resume'
);
CREATE TYPE langflow.flow_type_enum AS ENUM (
    'workflow',
    'agent'
);
CREATE TYPE langflow.job_status_enum AS ENUM (
    'queued',
    'in_progress',
    'completed',
    'failed',
    'cancelled',
    'timed_out',
    'suspended'
);
CREATE TYPE langflow.job_type_enum AS ENUM (
    'workflow',
    'ingestion',
    'evaluation'
);
CREATE TYPE langflow.spankind AS ENUM (
    'INTERNAL',
    'CLIENT',
    'SERVER',
    'PRODUCER',
    'CONSUMER'
);
CREATE TYPE langflow.spanstatus AS ENUM (
    'unset',
    'ok',
    'error'
);
CREATE TYPE langflow.spantype AS ENUM (
    'chain',
    'llm',
    'tool',
    'retriever',
    'embedding',
    'parser',
    'agent'
);
CREATE FUNCTION langflow.prevent_sso_config_slug_update() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
                BEGIN
                    IF OLD.slug IS NOT NULL AND NEW.slug IS DISTINCT FROM OLD.slug THEN
                        RAISE EXCEPTION 'SSOConfig.slug is immutable after insert';
                    END IF;
                    RETURN NEW;
                END;
                $$;
CREATE TABLE langflow.a2a_checkpoints (
    run_id character varying NOT NULL,
    checkpoint jsonb NOT NULL
);
CREATE TABLE langflow.a2a_tasks (
    id character varying NOT NULL,
    owner character varying NOT NULL,
    task jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone DEFAULT now()
);
CREATE TABLE langflow.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE langflow.apikey (
    name character varying,
    last_used_at timestamp with time zone,
    total_uses integer NOT NULL,
    is_active boolean NOT NULL,
    expires_at timestamp with time zone,
    id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    api_key character varying NOT NULL,
    api_key_hash character varying,
    user_id uuid NOT NULL
);
CREATE TABLE langflow.audit_events (
    id uuid NOT NULL,
    resource_type character varying(64) NOT NULL,
    resource_id uuid NOT NULL,
    resource_name character varying(255),
    user_id uuid,
    actor_type character varying(32) NOT NULL,
    actor_id uuid,
    acting_issuer character varying(2048),
    acting_subject character varying(512),
    action character varying(128) NOT NULL,
    operation character varying(64) NOT NULL,
    event_type character varying(16) NOT NULL,
    result character varying(16) NOT NULL,
    error_code character varying(64),
    "timestamp" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    request_id uuid NOT NULL,
    details json NOT NULL,
    CONSTRAINT ck_audit_events_acting_pair CHECK ((((acting_issuer IS NULL) AND (acting_subject IS NULL)) OR ((acting_issuer IS NOT NULL) AND (acting_subject IS NOT NULL)))),
    CONSTRAINT ck_audit_events_event_type_result CHECK (((((event_type)::text = 'authz'::text) AND ((result)::text = ANY ((ARRAY['allow'::character varying, 'deny'::character varying])::text[]))) OR (((event_type)::text = 'action'::text) AND ((result)::text = ANY ((ARRAY['succeeded'::character varying, 'failed'::character varying])::text[])))))
);
CREATE TABLE langflow.authz_access_exception (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    resource_type character varying NOT NULL,
    resource_id uuid NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.authz_audit_log (
    id uuid NOT NULL,
    user_id uuid,
    actor_type character varying,
    actor_id uuid,
    action character varying NOT NULL,
    resource_type character varying,
    resource_id uuid,
    result character varying NOT NULL,
    details json,
    "timestamp" timestamp with time zone NOT NULL,
    CONSTRAINT ck_authz_audit_log_result_enum CHECK (((result)::text = ANY ((ARRAY['allow'::character varying, 'deny'::character varying, 'owner_override'::character varying, 'skip'::character varying])::text[])))
);
CREATE TABLE langflow.authz_edit_lock (
    id uuid NOT NULL,
    flow_id uuid NOT NULL,
    holder_user_id uuid NOT NULL,
    acquired_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.authz_role (
    id uuid NOT NULL,
    name character varying NOT NULL,
    description character varying,
    is_system boolean NOT NULL,
    permissions json NOT NULL,
    parent_role_id uuid,
    workspace_id uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    created_by uuid
);
CREATE TABLE langflow.authz_role_assignment (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    role_id uuid NOT NULL,
    domain_type character varying NOT NULL,
    domain_id uuid,
    assigned_at timestamp with time zone NOT NULL,
    assigned_by uuid
);
CREATE TABLE langflow.authz_role_assignment_grant (
    id uuid NOT NULL,
    assignment_id uuid NOT NULL,
    source_kind character varying NOT NULL,
    provider_id character varying(256),
    external_group character varying(256),
    administrative_actor uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_authz_role_assignment_grant_source CHECK (((((source_kind)::text = 'manual'::text) AND (provider_id IS NULL) AND (external_group IS NULL)) OR (((source_kind)::text = 'idp'::text) AND (provider_id IS NOT NULL) AND (external_group IS NOT NULL))))
);
CREATE TABLE langflow.authz_share (
    id uuid NOT NULL,
    resource_type character varying NOT NULL,
    resource_id uuid NOT NULL,
    scope character varying NOT NULL,
    target_id uuid,
    permission_level character varying NOT NULL,
    created_by uuid,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_authz_share_permission_enum CHECK (((permission_level)::text = ANY ((ARRAY['read'::character varying, 'write'::character varying, 'execute'::character varying, 'admin'::character varying])::text[]))),
    CONSTRAINT ck_authz_share_scope_enum CHECK (((scope)::text = ANY ((ARRAY['private'::character varying, 'team'::character varying, 'user'::character varying, 'public'::character varying])::text[]))),
    CONSTRAINT ck_authz_share_scope_target_consistency CHECK (((((scope)::text = ANY ((ARRAY['team'::character varying, 'user'::character varying])::text[])) AND (target_id IS NOT NULL)) OR (((scope)::text = ANY ((ARRAY['private'::character varying, 'public'::character varying])::text[])) AND (target_id IS NULL))))
);
CREATE TABLE langflow.authz_team (
    id uuid NOT NULL,
    team_name character varying NOT NULL,
    adom_name character varying NOT NULL,
    description character varying,
    is_active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.authz_team_member (
    id uuid NOT NULL,
    team_id uuid NOT NULL,
    user_id uuid NOT NULL,
    source character varying NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.authz_team_member_grant (
    id uuid NOT NULL,
    membership_id uuid NOT NULL,
    source_kind character varying(16) NOT NULL,
    provider_id character varying(256),
    external_group_id character varying(512),
    legacy_source character varying(512),
    administrative_actor uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT ck_authz_team_member_grant_source CHECK (((((source_kind)::text = 'manual'::text) AND (provider_id IS NULL) AND (external_group_id IS NULL) AND (legacy_source IS NULL)) OR (((source_kind)::text = 'directory'::text) AND (provider_id IS NOT NULL) AND (external_group_id IS NOT NULL) AND (legacy_source IS NULL)) OR (((source_kind)::text = 'legacy'::text) AND (provider_id IS NULL) AND (external_group_id IS NULL) AND (legacy_source IS NOT NULL))))
);
CREATE TABLE langflow.background_job_metric_totals (
    id integer NOT NULL,
    started bigint DEFAULT 0 NOT NULL,
    completed bigint DEFAULT 0 NOT NULL,
    failed_error bigint DEFAULT 0 NOT NULL,
    failed_worker_lost bigint DEFAULT 0 NOT NULL,
    failed_input_timeout bigint DEFAULT 0 NOT NULL,
    timed_out bigint DEFAULT 0 NOT NULL,
    cancelled bigint DEFAULT 0 NOT NULL
);
CREATE TABLE langflow.casbin_rule (
    id integer NOT NULL,
    ptype character varying(255) NOT NULL,
    v0 character varying(255),
    v1 character varying(255),
    v2 character varying(255),
    v3 character varying(255),
    v4 character varying(255),
    v5 character varying(255)
);
CREATE SEQUENCE langflow.casbin_rule_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE langflow.casbin_rule_id_seq OWNED BY langflow.casbin_rule.id;
CREATE TABLE langflow.catalog_policy_rule (
    id uuid NOT NULL,
    resource_kind character varying NOT NULL,
    resource_key character varying NOT NULL,
    mode character varying DEFAULT 'block'::character varying NOT NULL,
    scope character varying DEFAULT 'global'::character varying NOT NULL,
    domain_id uuid,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_catalog_policy_rule_mode CHECK (((mode)::text = ANY ((ARRAY['block'::character varying, 'allow'::character varying])::text[]))),
    CONSTRAINT ck_catalog_policy_rule_resource_kind CHECK (((resource_kind)::text = ANY ((ARRAY['component'::character varying, 'template'::character varying])::text[]))),
    CONSTRAINT ck_catalog_policy_rule_scope CHECK (((scope)::text = ANY ((ARRAY['global'::character varying, 'org'::character varying, 'workspace'::character varying])::text[]))),
    CONSTRAINT ck_catalog_policy_rule_scope_domain_consistency CHECK (((((scope)::text = 'global'::text) AND (domain_id IS NULL)) OR (((scope)::text = ANY ((ARRAY['org'::character varying, 'workspace'::character varying])::text[])) AND (domain_id IS NOT NULL))))
);
CREATE TABLE langflow.connection (
    provider_key character varying(120) NOT NULL,
    name character varying(64) NOT NULL,
    display_name character varying(255) NOT NULL,
    ownership_mode character varying(16) NOT NULL,
    status character varying(16) NOT NULL,
    status_reason character varying(32),
    health character varying(16) NOT NULL,
    granted_scopes json NOT NULL,
    executing_identity json NOT NULL,
    allow_non_interactive boolean NOT NULL,
    id uuid NOT NULL,
    owner_id uuid,
    health_checked_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_connection_health CHECK (((health)::text = ANY ((ARRAY['unknown'::character varying, 'healthy'::character varying, 'unhealthy'::character varying])::text[]))),
    CONSTRAINT ck_connection_owner_mode CHECK (((((ownership_mode)::text = 'user'::text) AND (owner_id IS NOT NULL)) OR (((ownership_mode)::text = 'instance'::text) AND (owner_id IS NULL)))),
    CONSTRAINT ck_connection_status CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'ready'::character varying, 'expired'::character varying, 'revoked'::character varying, 'error'::character varying])::text[])))
);
CREATE TABLE langflow.connection_oauth (
    connection_id uuid NOT NULL,
    generation uuid NOT NULL,
    user_id uuid NOT NULL,
    registration_id character varying(120) NOT NULL,
    config_digest character varying(64) NOT NULL,
    state_digest character varying(64),
    browser_digest character varying(64),
    encrypted_verifier text,
    scopes json NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.connection_secret (
    connection_id uuid NOT NULL,
    encrypted_payload text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE langflow.data_subject_request (
    id uuid NOT NULL,
    subject_type character varying(16) NOT NULL,
    subject_user_id uuid NOT NULL,
    subject_end_user_id character varying(255),
    subject_label character varying(255),
    scope_flow_ids jsonb,
    source character varying(16) NOT NULL,
    requested_by uuid,
    decided_by uuid,
    status character varying(16) NOT NULL,
    phase character varying(32),
    cursor jsonb,
    pending_paths jsonb,
    counts jsonb,
    error jsonb,
    refusal_note text,
    requested_at timestamp with time zone DEFAULT now() NOT NULL,
    due_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    finished_at timestamp with time zone,
    CONSTRAINT ck_dsr_source CHECK (((source)::text = ANY ((ARRAY['self'::character varying, 'admin'::character varying, 'api'::character varying])::text[]))),
    CONSTRAINT ck_dsr_status CHECK (((status)::text = ANY ((ARRAY['requested'::character varying, 'approved'::character varying, 'erasing'::character varying, 'done'::character varying, 'refused'::character varying, 'withdrawn'::character varying])::text[]))),
    CONSTRAINT ck_dsr_subject_type CHECK (((subject_type)::text = ANY ((ARRAY['builder'::character varying, 'end_user'::character varying])::text[])))
);
CREATE TABLE langflow.deployment (
    id uuid NOT NULL,
    resource_key character varying NOT NULL,
    user_id uuid NOT NULL,
    project_id uuid NOT NULL,
    deployment_provider_account_id uuid NOT NULL,
    workspace_id uuid,
    display_name character varying,
    description text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deployment_type langflow.deployment_type_enum
);
CREATE TABLE langflow.deployment_provider_account (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    provider_tenant_id character varying,
    name character varying NOT NULL,
    provider_url character varying NOT NULL,
    api_key character varying NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    provider_key langflow.deployment_provider_key_enum NOT NULL
);
CREATE TABLE langflow.execution_signals (
    id uuid NOT NULL,
    job_id uuid NOT NULL,
    signal_type langflow.execution_signal_type_enum NOT NULL,
    data jsonb,
    created_at timestamp with time zone NOT NULL,
    consumed_at timestamp with time zone
);
CREATE TABLE langflow.file (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name character varying NOT NULL,
    path character varying NOT NULL,
    size integer NOT NULL,
    provider character varying,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.flow (
    name character varying NOT NULL,
    description text,
    icon_bg_color character varying,
    gradient character varying,
    is_component boolean,
    updated_at timestamp with time zone,
    webhook boolean,
    endpoint_name character varying,
    data json,
    mcp_enabled boolean,
    action_name character varying,
    action_description text,
    access_type langflow.access_type_enum DEFAULT 'PRIVATE'::langflow.access_type_enum NOT NULL,
    flow_type langflow.flow_type_enum DEFAULT 'workflow'::langflow.flow_type_enum NOT NULL,
    a2a_enabled boolean DEFAULT false,
    a2a_card_overrides json,
    id uuid NOT NULL,
    user_id uuid,
    icon character varying,
    tags json,
    locked boolean,
    folder_id uuid,
    workspace_id uuid,
    fs_path character varying,
    version_token uuid,
    last_modified_by uuid
);
CREATE TABLE langflow.flow_version (
    id uuid NOT NULL,
    flow_id uuid NOT NULL,
    user_id uuid,
    data json,
    version_number integer NOT NULL,
    description character varying(500),
    retained boolean DEFAULT false NOT NULL,
    retained_reason character varying(255),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_flow_version_version_number_positive CHECK ((version_number >= 1))
);
CREATE TABLE langflow.flow_version_deployment_attachment (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    flow_version_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    provider_snapshot_id character varying,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE langflow.folder (
    name character varying NOT NULL,
    description text,
    auth_settings json,
    id uuid NOT NULL,
    parent_id uuid,
    user_id uuid,
    workspace_id uuid,
    is_personal boolean DEFAULT false NOT NULL
);
CREATE TABLE langflow.ingestion_run (
    id uuid NOT NULL,
    job_id uuid,
    kb_name character varying NOT NULL,
    kb_id uuid,
    user_id uuid,
    source_type character varying NOT NULL,
    source_config jsonb NOT NULL,
    status character varying NOT NULL,
    error_message character varying,
    total_items integer NOT NULL,
    succeeded integer NOT NULL,
    failed integer NOT NULL,
    skipped integer NOT NULL,
    total_bytes bigint DEFAULT '0'::bigint NOT NULL,
    chunks_created integer NOT NULL,
    items jsonb NOT NULL,
    user_metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT ck_ingestion_run_status CHECK (((status)::text = ANY ((ARRAY['pending'::character varying, 'running'::character varying, 'succeeded'::character varying, 'partial'::character varying, 'failed'::character varying, 'cancelled'::character varying])::text[])))
);
CREATE TABLE langflow.job (
    job_id uuid NOT NULL,
    flow_id uuid NOT NULL,
    status langflow.job_status_enum NOT NULL,
    created_timestamp timestamp with time zone NOT NULL,
    finished_timestamp timestamp with time zone,
    type langflow.job_type_enum,
    user_id uuid,
    asset_id uuid,
    asset_type character varying,
    dedupe_key character varying,
    job_metadata jsonb,
    result jsonb,
    error jsonb
);
CREATE TABLE langflow.job_checkpoints (
    id uuid NOT NULL,
    job_id uuid NOT NULL,
    kind character varying NOT NULL,
    blob text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.job_events (
    id uuid NOT NULL,
    job_id uuid NOT NULL,
    seq integer NOT NULL,
    event_type character varying NOT NULL,
    payload jsonb,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.knowledge_base (
    id uuid NOT NULL,
    name character varying NOT NULL,
    user_id uuid NOT NULL,
    model_selection jsonb NOT NULL,
    chunk_size integer NOT NULL,
    chunk_overlap integer NOT NULL,
    separator character varying,
    column_config jsonb NOT NULL,
    backend_type character varying NOT NULL,
    backend_config jsonb NOT NULL,
    storage_generation integer NOT NULL,
    storage_state character varying NOT NULL,
    active_migration_id uuid,
    chunks integer NOT NULL,
    words integer NOT NULL,
    characters integer NOT NULL,
    size_bytes bigint DEFAULT '0'::bigint NOT NULL,
    source_types jsonb NOT NULL,
    status character varying NOT NULL,
    failure_reason character varying,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_knowledge_base_status CHECK (((status)::text = ANY ((ARRAY['creating'::character varying, 'ready'::character varying, 'ingesting'::character varying, 'failed'::character varying])::text[])))
);
CREATE TABLE langflow.knowledge_base_storage_migration (
    id uuid NOT NULL,
    kb_id uuid NOT NULL,
    source_backend character varying NOT NULL,
    source_generation integer NOT NULL,
    target_generation integer NOT NULL,
    source_fingerprint character varying,
    source_identity character varying,
    source_version character varying,
    phase character varying NOT NULL,
    attempts integer NOT NULL,
    error_code character varying,
    coordinator character varying,
    validation jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.mcp_server (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    name character varying NOT NULL,
    transport character varying,
    config json,
    enabled boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.memory_base (
    name character varying NOT NULL,
    flow_id uuid NOT NULL,
    user_id uuid NOT NULL,
    threshold integer NOT NULL,
    auto_capture boolean NOT NULL,
    embedding_model character varying NOT NULL,
    preprocessing boolean NOT NULL,
    preproc_model character varying,
    preproc_instructions character varying,
    preproc_kill_phrase character varying,
    id uuid NOT NULL,
    kb_name character varying NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.memory_base_preprocessing_output (
    id uuid NOT NULL,
    memory_base_id uuid NOT NULL,
    session_id character varying NOT NULL,
    job_id uuid,
    status character varying NOT NULL,
    output_text text,
    source_message_ids json NOT NULL,
    model_used character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.memory_base_session (
    session_id character varying NOT NULL,
    cursor_id uuid,
    total_processed integer NOT NULL,
    last_sync_at timestamp with time zone,
    id uuid NOT NULL,
    purge_pending boolean DEFAULT false NOT NULL,
    memory_base_id uuid NOT NULL
);
CREATE TABLE langflow.memory_base_workflow_run (
    id uuid NOT NULL,
    memory_base_id uuid NOT NULL,
    session_id character varying NOT NULL,
    workflow_job_id uuid,
    ingestion_job_id uuid,
    recorded_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.message (
    "timestamp" timestamp with time zone NOT NULL,
    sender character varying NOT NULL,
    sender_name character varying NOT NULL,
    session_id character varying NOT NULL,
    text text,
    id uuid NOT NULL,
    flow_id uuid,
    files json,
    error boolean DEFAULT false NOT NULL,
    edit boolean DEFAULT false NOT NULL,
    properties json,
    category text,
    content_blocks json,
    context_id character varying,
    session_metadata json,
    run_id uuid,
    is_output boolean DEFAULT false NOT NULL,
    user_id uuid
);
CREATE TABLE langflow.message_ingestion_record (
    id uuid NOT NULL,
    message_id uuid NOT NULL,
    memory_base_id uuid NOT NULL,
    job_id uuid,
    session_id character varying NOT NULL,
    ingested_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.model_provider_policy (
    id integer NOT NULL,
    approved_provider_ids json NOT NULL,
    version integer NOT NULL,
    CONSTRAINT ck_model_provider_policy_singleton CHECK ((id = 1)),
    CONSTRAINT ck_model_provider_policy_version CHECK ((version >= 0))
);
CREATE TABLE langflow.policy_bundle_active (
    id integer NOT NULL,
    revision integer NOT NULL,
    initialized boolean DEFAULT false NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_policy_bundle_active_revision_positive CHECK ((revision >= 1)),
    CONSTRAINT ck_policy_bundle_active_singleton CHECK ((id = 1))
);
CREATE TABLE langflow.policy_bundle_revision (
    revision integer NOT NULL,
    initialized boolean NOT NULL,
    approved_provider_ids json NOT NULL,
    blocked_component_keys json NOT NULL,
    blocked_template_keys json NOT NULL,
    blocked_model_keys json DEFAULT '[]'::json,
    approved_integration_provider_ids json DEFAULT '[]'::json,
    blocked_integration_action_keys json DEFAULT '[]'::json,
    content_hash character varying(64) NOT NULL,
    source character varying(32) NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    reason character varying(1024),
    rollback_of_revision integer,
    CONSTRAINT ck_policy_bundle_revision_hash_length CHECK ((length((content_hash)::text) = 64)),
    CONSTRAINT ck_policy_bundle_revision_positive CHECK ((revision >= 1))
);
CREATE SEQUENCE langflow.policy_bundle_revision_revision_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE langflow.policy_bundle_revision_revision_seq OWNED BY langflow.policy_bundle_revision.revision;
CREATE TABLE langflow.project_replacement_operation (
    project_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    request_digest character varying(64) NOT NULL,
    result json,
    project_user_id uuid,
    workspace_id uuid,
    created_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.span (
    name character varying NOT NULL,
    span_type langflow.spantype NOT NULL,
    status langflow.spanstatus NOT NULL,
    start_time timestamp with time zone NOT NULL,
    end_time timestamp with time zone,
    latency_ms integer NOT NULL,
    inputs json,
    outputs json,
    error text,
    span_kind langflow.spankind NOT NULL,
    attributes json,
    id uuid NOT NULL,
    trace_id uuid NOT NULL,
    parent_span_id uuid
);
CREATE TABLE langflow.sso_config (
    id uuid NOT NULL,
    slug character varying NOT NULL,
    display_name character varying NOT NULL,
    protocol character varying NOT NULL,
    enabled boolean NOT NULL,
    sort_order integer DEFAULT 0 NOT NULL,
    client_secret_encrypted character varying,
    provider_settings json NOT NULL,
    email_claim character varying NOT NULL,
    username_claim character varying NOT NULL,
    user_id_claim character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT ck_sso_config_client_secret_envelope CHECK (((client_secret_encrypted IS NULL) OR ((substr((client_secret_encrypted)::text, 1, 37) = 'lf-sso:v1:hkdf-sha256-v1:aes-256-gcm:'::text) AND (substr((client_secret_encrypted)::text, 54, 1) = ':'::text) AND (length((client_secret_encrypted)::text) >= 76)))),
    CONSTRAINT ck_sso_config_enabled_complete CHECK (((enabled IS FALSE) OR ((protocol)::text = ANY ((ARRAY['saml'::character varying, 'ldap'::character varying])::text[])) OR (((protocol)::text = 'oidc'::text) AND (client_secret_encrypted IS NOT NULL) AND (((provider_settings ->> 'client_id'::text))::character varying IS NOT NULL) AND (length(TRIM(BOTH FROM ((provider_settings ->> 'client_id'::text))::character varying)) > 0) AND (((((provider_settings ->> 'discovery_url'::text))::character varying IS NOT NULL) AND (length(TRIM(BOTH FROM ((provider_settings ->> 'discovery_url'::text))::character varying)) > 0)) OR ((((provider_settings ->> 'authorization_endpoint'::text))::character varying IS NOT NULL) AND (length(TRIM(BOTH FROM ((provider_settings ->> 'authorization_endpoint'::text))::character varying)) > 0) AND (((provider_settings ->> 'token_endpoint'::text))::character varying IS NOT NULL) AND (length(TRIM(BOTH FROM ((provider_settings ->> 'token_endpoint'::text))::character varying)) > 0) AND (((provider_settings ->> 'jwks_uri'::text))::character varying IS NOT NULL) AND (length(TRIM(BOTH FROM ((provider_settings ->> 'jwks_uri'::text))::character varying)) > 0))) AND ((((provider_settings ->> 'discovery_url'::text))::character varying IS NULL) OR ((lower((((provider_settings ->> 'discovery_url'::text))::character varying)::text) ~~ 'http://%'::text) AND (length((((provider_settings ->> 'discovery_url'::text))::character varying)::text) > 7) AND (substr((((provider_settings ->> 'discovery_url'::text))::character varying)::text, 8, 1) <> ALL (ARRAY['/'::text, '\'::text, '?'::text, '#'::text, ':'::text])) AND (length((((provider_settings ->> 'discovery_url'::text))::character varying)::text) = length(replace((((provider_settings ->> 'discovery_url'::text))::character varying)::text, ' '::text, ''::text))) AND (length((((provider_settings ->> 'discovery_url'::text))::character varying)::text) = length(replace((((provider_settings ->> 'discovery_url'::text))::character varying)::text, '	'::text, ''::text))) AND (length((((provider_settings ->> 'discovery_url'::text))::character varying)::text) = length(replace((((provider_settings ->> 'discovery_url'::text))::character varying)::text, ''::text, ''::text))) AND (length((((provider_settings ->> 'discovery_url'::text))::character varying)::text) = length(replace((((provider_settings ->> 'discovery_url'::text))::character varying)::text, '
'::text, ''::text)))) OR ((lower((((provider_settings ->> 'discovery_url'::text))::character varying)::text) ~~ 'https://%'::text) AND (length((((provider_settings ->> 'discovery_url'::text))::character varying)::text) > 8) AND (substr((((provider_settings ->> 'discovery_url'::text))::character varying)::text, 9, 1) <> ALL (ARRAY['/'::text, '\'::text, '?'::text, '#'::text, ':'::text])) AND (length((((provider_settings ->> 'discovery_url'::text))::character varying)::text) = length(replace((((provider_settings ->> 'discovery_url'::text))::character varying)::text, ' '::text, ''::text))) AND (length((((provider_settings ->> 'discovery_url'::text))::character varying)::text) = length(replace((((provider_settings ->> 'discovery_url'::text))::character varying)::text, '	'::text, ''::text))) AND (length((((provider_settings ->> 'discovery_url'::text))::character varying)::text) = length(replace((((provider_settings ->> 'discovery_url'::text))::character varying)::text, ''::text, ''::text))) AND (length((((provider_settings ->> 'discovery_url'::text))::character varying)::text) = length(replace((((provider_settings ->> 'discovery_url'::text))::character varying)::text, '
'::text, ''::text))))) AND ((((provider_settings ->> 'token_endpoint'::text))::character varying IS NULL) OR ((lower((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) ~~ 'http://%'::text) AND (length((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) > 7) AND (substr((((provider_settings ->> 'token_endpoint'::text))::character varying)::text, 8, 1) <> ALL (ARRAY['/'::text, '\'::text, '?'::text, '#'::text, ':'::text])) AND (length((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'token_endpoint'::text))::character varying)::text, ' '::text, ''::text))) AND (length((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'token_endpoint'::text))::character varying)::text, '	'::text, ''::text))) AND (length((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'token_endpoint'::text))::character varying)::text, ''::text, ''::text))) AND (length((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'token_endpoint'::text))::character varying)::text, '
'::text, ''::text)))) OR ((lower((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) ~~ 'https://%'::text) AND (length((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) > 8) AND (substr((((provider_settings ->> 'token_endpoint'::text))::character varying)::text, 9, 1) <> ALL (ARRAY['/'::text, '\'::text, '?'::text, '#'::text, ':'::text])) AND (length((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'token_endpoint'::text))::character varying)::text, ' '::text, ''::text))) AND (length((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'token_endpoint'::text))::character varying)::text, '	'::text, ''::text))) AND (length((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'token_endpoint'::text))::character varying)::text, ''::text, ''::text))) AND (length((((provider_settings ->> 'token_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'token_endpoint'::text))::character varying)::text, '
'::text, ''::text))))) AND ((((provider_settings ->> 'authorization_endpoint'::text))::character varying IS NULL) OR ((lower((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) ~~ 'http://%'::text) AND (length((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) > 7) AND (substr((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text, 8, 1) <> ALL (ARRAY['/'::text, '\'::text, '?'::text, '#'::text, ':'::text])) AND (length((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text, ' '::text, ''::text))) AND (length((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text, '	'::text, ''::text))) AND (length((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text, ''::text, ''::text))) AND (length((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text, '
'::text, ''::text)))) OR ((lower((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) ~~ 'https://%'::text) AND (length((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) > 8) AND (substr((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text, 9, 1) <> ALL (ARRAY['/'::text, '\'::text, '?'::text, '#'::text, ':'::text])) AND (length((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text, ' '::text, ''::text))) AND (length((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text, '	'::text, ''::text))) AND (length((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text, ''::text, ''::text))) AND (length((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text) = length(replace((((provider_settings ->> 'authorization_endpoint'::text))::character varying)::text, '
'::text, ''::text))))) AND ((((provider_settings ->> 'jwks_uri'::text))::character varying IS NULL) OR ((lower((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) ~~ 'http://%'::text) AND (length((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) > 7) AND (substr((((provider_settings ->> 'jwks_uri'::text))::character varying)::text, 8, 1) <> ALL (ARRAY['/'::text, '\'::text, '?'::text, '#'::text, ':'::text])) AND (length((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) = length(replace((((provider_settings ->> 'jwks_uri'::text))::character varying)::text, ' '::text, ''::text))) AND (length((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) = length(replace((((provider_settings ->> 'jwks_uri'::text))::character varying)::text, '	'::text, ''::text))) AND (length((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) = length(replace((((provider_settings ->> 'jwks_uri'::text))::character varying)::text, ''::text, ''::text))) AND (length((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) = length(replace((((provider_settings ->> 'jwks_uri'::text))::character varying)::text, '
'::text, ''::text)))) OR ((lower((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) ~~ 'https://%'::text) AND (length((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) > 8) AND (substr((((provider_settings ->> 'jwks_uri'::text))::character varying)::text, 9, 1) <> ALL (ARRAY['/'::text, '\'::text, '?'::text, '#'::text, ':'::text])) AND (length((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) = length(replace((((provider_settings ->> 'jwks_uri'::text))::character varying)::text, ' '::text, ''::text))) AND (length((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) = length(replace((((provider_settings ->> 'jwks_uri'::text))::character varying)::text, '	'::text, ''::text))) AND (length((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) = length(replace((((provider_settings ->> 'jwks_uri'::text))::character varying)::text, ''::text, ''::text))) AND (length((((provider_settings ->> 'jwks_uri'::text))::character varying)::text) = length(replace((((provider_settings ->> 'jwks_uri'::text))::character varying)::text, '
'::text, ''::text))))) AND ((((provider_settings ->> 'issuer'::text))::character varying IS NULL) OR ((lower((((provider_settings ->> 'issuer'::text))::character varying)::text) ~~ 'http://%'::text) AND (length((((provider_settings ->> 'issuer'::text))::character varying)::text) > 7) AND (substr((((provider_settings ->> 'issuer'::text))::character varying)::text, 8, 1) <> ALL (ARRAY['/'::text, '\'::text, '?'::text, '#'::text, ':'::text])) AND (length((((provider_settings ->> 'issuer'::text))::character varying)::text) = length(replace((((provider_settings ->> 'issuer'::text))::character varying)::text, ' '::text, ''::text))) AND (length((((provider_settings ->> 'issuer'::text))::character varying)::text) = length(replace((((provider_settings ->> 'issuer'::text))::character varying)::text, '	'::text, ''::text))) AND (length((((provider_settings ->> 'issuer'::text))::character varying)::text) = length(replace((((provider_settings ->> 'issuer'::text))::character varying)::text, ''::text, ''::text))) AND (length((((provider_settings ->> 'issuer'::text))::character varying)::text) = length(replace((((provider_settings ->> 'issuer'::text))::character varying)::text, '
'::text, ''::text)))) OR ((lower((((provider_settings ->> 'issuer'::text))::character varying)::text) ~~ 'https://%'::text) AND (length((((provider_settings ->> 'issuer'::text))::character varying)::text) > 8) AND (substr((((provider_settings ->> 'issuer'::text))::character varying)::text, 9, 1) <> ALL (ARRAY['/'::text, '\'::text, '?'::text, '#'::text, ':'::text])) AND (length((((provider_settings ->> 'issuer'::text))::character varying)::text) = length(replace((((provider_settings ->> 'issuer'::text))::character varying)::text, ' '::text, ''::text))) AND (length((((provider_settings ->> 'issuer'::text))::character varying)::text) = length(replace((((provider_settings ->> 'issuer'::text))::character varying)::text, '	'::text, ''::text))) AND (length((((provider_settings ->> 'issuer'::text))::character varying)::text) = length(replace((((provider_settings ->> 'issuer'::text))::character varying)::text, ''::text, ''::text))) AND (length((((provider_settings ->> 'issuer'::text))::character varying)::text) = length(replace((((provider_settings ->> 'issuer'::text))::character varying)::text, '
'::text, ''::text)))))))),
    CONSTRAINT ck_sso_config_protocol_consistency CHECK ((((protocol)::text = ANY ((ARRAY['oidc'::character varying, 'saml'::character varying, 'ldap'::character varying])::text[])) AND (((provider_settings ->> 'protocol'::text))::character varying IS NOT NULL) AND ((((provider_settings ->> 'protocol'::text))::character varying)::text = (protocol)::text)))
);
CREATE TABLE langflow.sso_settings (
    id integer NOT NULL,
    enforce_sso boolean NOT NULL,
    CONSTRAINT ck_sso_settings_singleton CHECK ((id = 1))
);
CREATE TABLE langflow.sso_user_profile (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    sso_provider character varying NOT NULL,
    sso_user_id character varying NOT NULL,
    email character varying,
    first_name character varying,
    last_name character varying,
    picture character varying,
    sso_last_login_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.trace (
    name character varying NOT NULL,
    status langflow.spanstatus NOT NULL,
    start_time timestamp with time zone NOT NULL,
    end_time timestamp with time zone,
    total_latency_ms integer NOT NULL,
    total_tokens integer NOT NULL,
    flow_id uuid NOT NULL,
    session_id character varying,
    id uuid NOT NULL
);
CREATE TABLE langflow.transaction (
    "timestamp" timestamp with time zone NOT NULL,
    vertex_id character varying NOT NULL,
    target_id character varying,
    inputs json,
    outputs json,
    status character varying NOT NULL,
    id uuid NOT NULL,
    flow_id uuid NOT NULL,
    error character varying,
    user_id uuid,
    session_id character varying
);
CREATE TABLE langflow.trigger (
    id uuid NOT NULL,
    flow_id uuid NOT NULL,
    user_id uuid NOT NULL,
    name character varying(255) NOT NULL,
    kind character varying(64) NOT NULL,
    provider character varying(64),
    node_id character varying(255),
    connection_id uuid,
    config jsonb NOT NULL,
    provider_state jsonb NOT NULL,
    state character varying(24) DEFAULT 'pending'::character varying NOT NULL,
    binding_target character varying(16) DEFAULT 'flow'::character varying NOT NULL,
    deployment_id uuid,
    flow_version_id uuid,
    session_policy character varying(16) DEFAULT 'per_event'::character varying NOT NULL,
    concurrency_limit integer DEFAULT 1 NOT NULL,
    max_attempts integer DEFAULT 5 NOT NULL,
    public_id character varying(64),
    signing_secret_encrypted text,
    next_fire_at timestamp with time zone,
    last_fired_at timestamp with time zone,
    last_error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_trigger_binding_target CHECK (((binding_target)::text = ANY ((ARRAY['flow'::character varying, 'deployment'::character varying])::text[]))),
    CONSTRAINT ck_trigger_concurrency_limit_positive CHECK ((concurrency_limit >= 1)),
    CONSTRAINT ck_trigger_max_attempts_positive CHECK ((max_attempts >= 1)),
    CONSTRAINT ck_trigger_session_policy CHECK (((session_policy)::text = ANY ((ARRAY['per_event'::character varying, 'shared'::character varying])::text[]))),
    CONSTRAINT ck_trigger_state CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'active'::character varying, 'paused'::character varying, 'expired'::character varying, 'needs_reconnect'::character varying, 'error'::character varying, 'dead'::character varying])::text[])))
);
CREATE TABLE langflow.trigger_cleanup (
    id uuid NOT NULL,
    trigger_id uuid NOT NULL,
    connection_id uuid,
    user_id uuid NOT NULL,
    provider character varying(64) NOT NULL,
    kind character varying(64) NOT NULL,
    provider_subscription_id character varying(255) NOT NULL,
    provider_state jsonb NOT NULL,
    expires_at timestamp with time zone,
    encrypted_credential text,
    credential_expires_at timestamp with time zone,
    available_at timestamp with time zone DEFAULT now() NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    last_error character varying(128)
);
CREATE TABLE langflow.trigger_event (
    id uuid NOT NULL,
    trigger_id uuid NOT NULL,
    dedupe_key character varying(255) NOT NULL,
    state character varying(16) DEFAULT 'pending'::character varying NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    available_at timestamp with time zone DEFAULT now() NOT NULL,
    lease_owner character varying(128),
    lease_expires_at timestamp with time zone,
    payload jsonb NOT NULL,
    session_id character varying(255),
    job_id uuid,
    replay_of_event_id uuid,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_trigger_event_attempt_non_negative CHECK ((attempt >= 0)),
    CONSTRAINT ck_trigger_event_state CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'claimed'::character varying, 'dispatched'::character varying, 'completed'::character varying, 'failed'::character varying, 'dead'::character varying])::text[])))
);
CREATE TABLE langflow.trigger_lease (
    name character varying(64) NOT NULL,
    owner character varying(128) NOT NULL,
    acquired_at timestamp with time zone DEFAULT now() NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE langflow.trigger_listener_lease (
    connection_id uuid NOT NULL,
    holder character varying(128) NOT NULL,
    acquired_at timestamp with time zone DEFAULT now() NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE langflow.trigger_source_version (
    trigger_id uuid NOT NULL,
    item_key character varying(64) NOT NULL,
    provider character varying(32) NOT NULL,
    resource character varying(512) NOT NULL,
    provider_item_id character varying(512) NOT NULL,
    version character varying(255) NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE langflow.trigger_subscription (
    id uuid NOT NULL,
    trigger_id uuid NOT NULL,
    connection_id uuid,
    provider character varying(64) NOT NULL,
    provider_subscription_id character varying(255) NOT NULL,
    client_state_digest character varying(64),
    provider_state jsonb NOT NULL,
    state character varying(16) DEFAULT 'pending'::character varying NOT NULL,
    expires_at timestamp with time zone,
    renew_after timestamp with time zone,
    lease_owner character varying(128),
    lease_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_trigger_subscription_state CHECK (((state)::text = ANY ((ARRAY['pending'::character varying, 'active'::character varying, 'expired'::character varying, 'error'::character varying])::text[])))
);
CREATE TABLE langflow."user" (
    id uuid NOT NULL,
    username character varying NOT NULL,
    password character varying NOT NULL,
    profile_image character varying,
    is_active boolean NOT NULL,
    is_superuser boolean NOT NULL,
    create_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    last_login_at timestamp with time zone,
    retired_at timestamp with time zone,
    store_api_key character varying,
    optins json
);
CREATE TABLE langflow.variable (
    name character varying NOT NULL,
    value character varying NOT NULL,
    type character varying,
    id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now(),
    updated_at timestamp with time zone,
    is_environment_managed boolean,
    default_fields json,
    user_id uuid NOT NULL
);
CREATE TABLE langflow.vertex_build (
    "timestamp" timestamp with time zone NOT NULL,
    id character varying NOT NULL,
    data json,
    artifacts json,
    params text,
    build_id uuid NOT NULL,
    flow_id uuid NOT NULL,
    valid boolean NOT NULL,
    job_id uuid
);
ALTER TABLE ONLY langflow.casbin_rule ALTER COLUMN id SET DEFAULT nextval('langflow.casbin_rule_id_seq'::regclass);
ALTER TABLE ONLY langflow.policy_bundle_revision ALTER COLUMN revision SET DEFAULT nextval('langflow.policy_bundle_revision_revision_seq'::regclass);
ALTER TABLE ONLY langflow.a2a_checkpoints
    ADD CONSTRAINT a2a_checkpoints_pkey PRIMARY KEY (run_id);
ALTER TABLE ONLY langflow.a2a_tasks
    ADD CONSTRAINT a2a_tasks_pkey PRIMARY KEY (id, owner);
ALTER TABLE ONLY langflow.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY langflow.apikey
    ADD CONSTRAINT apikey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.authz_access_exception
    ADD CONSTRAINT authz_access_exception_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.authz_audit_log
    ADD CONSTRAINT authz_audit_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.authz_edit_lock
    ADD CONSTRAINT authz_edit_lock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.authz_role_assignment_grant
    ADD CONSTRAINT authz_role_assignment_grant_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.authz_role_assignment
    ADD CONSTRAINT authz_role_assignment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.authz_role
    ADD CONSTRAINT authz_role_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.authz_share
    ADD CONSTRAINT authz_share_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.authz_team_member_grant
    ADD CONSTRAINT authz_team_member_grant_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.authz_team_member
    ADD CONSTRAINT authz_team_member_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.authz_team
    ADD CONSTRAINT authz_team_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.background_job_metric_totals
    ADD CONSTRAINT background_job_metric_totals_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.casbin_rule
    ADD CONSTRAINT casbin_rule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.catalog_policy_rule
    ADD CONSTRAINT catalog_policy_rule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.connection_oauth
    ADD CONSTRAINT connection_oauth_pkey PRIMARY KEY (connection_id);
ALTER TABLE ONLY langflow.connection_oauth
    ADD CONSTRAINT connection_oauth_state_digest_key UNIQUE (state_digest);
ALTER TABLE ONLY langflow.connection
    ADD CONSTRAINT connection_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.connection_secret
    ADD CONSTRAINT connection_secret_pkey PRIMARY KEY (connection_id);
ALTER TABLE ONLY langflow.data_subject_request
    ADD CONSTRAINT data_subject_request_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.deployment
    ADD CONSTRAINT deployment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.deployment_provider_account
    ADD CONSTRAINT deployment_provider_account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.execution_signals
    ADD CONSTRAINT execution_signals_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.file
    ADD CONSTRAINT file_name_user_id_key UNIQUE (name, user_id);
ALTER TABLE ONLY langflow.file
    ADD CONSTRAINT file_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.flow
    ADD CONSTRAINT flow_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.flow_version_deployment_attachment
    ADD CONSTRAINT flow_version_deployment_attachment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.flow_version
    ADD CONSTRAINT flow_version_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.folder
    ADD CONSTRAINT folder_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.ingestion_run
    ADD CONSTRAINT ingestion_run_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.job_checkpoints
    ADD CONSTRAINT job_checkpoints_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.job_events
    ADD CONSTRAINT job_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (job_id);
ALTER TABLE ONLY langflow.knowledge_base
    ADD CONSTRAINT knowledge_base_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.knowledge_base_storage_migration
    ADD CONSTRAINT knowledge_base_storage_migration_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.mcp_server
    ADD CONSTRAINT mcp_server_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.memory_base
    ADD CONSTRAINT memory_base_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.memory_base_preprocessing_output
    ADD CONSTRAINT memory_base_preprocessing_output_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.memory_base_session
    ADD CONSTRAINT memory_base_session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.memory_base_workflow_run
    ADD CONSTRAINT memory_base_workflow_run_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.message_ingestion_record
    ADD CONSTRAINT message_ingestion_record_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.model_provider_policy
    ADD CONSTRAINT model_provider_policy_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.message
    ADD CONSTRAINT pk_message PRIMARY KEY (id);
ALTER TABLE ONLY langflow.transaction
    ADD CONSTRAINT pk_transaction PRIMARY KEY (id);
ALTER TABLE ONLY langflow.vertex_build
    ADD CONSTRAINT pk_vertex_build PRIMARY KEY (build_id);
ALTER TABLE ONLY langflow.policy_bundle_active
    ADD CONSTRAINT policy_bundle_active_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.policy_bundle_revision
    ADD CONSTRAINT policy_bundle_revision_pkey PRIMARY KEY (revision);
ALTER TABLE ONLY langflow.project_replacement_operation
    ADD CONSTRAINT project_replacement_operation_pkey PRIMARY KEY (project_id, operation_id);
ALTER TABLE ONLY langflow.span
    ADD CONSTRAINT span_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.sso_config
    ADD CONSTRAINT sso_config_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.sso_settings
    ADD CONSTRAINT sso_settings_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.sso_user_profile
    ADD CONSTRAINT sso_user_profile_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.trace
    ADD CONSTRAINT trace_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.trigger_cleanup
    ADD CONSTRAINT trigger_cleanup_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.trigger_event
    ADD CONSTRAINT trigger_event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.trigger_lease
    ADD CONSTRAINT trigger_lease_pkey PRIMARY KEY (name);
ALTER TABLE ONLY langflow.trigger_listener_lease
    ADD CONSTRAINT trigger_listener_lease_pkey PRIMARY KEY (connection_id);
ALTER TABLE ONLY langflow.trigger
    ADD CONSTRAINT trigger_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.trigger_source_version
    ADD CONSTRAINT trigger_source_version_pkey PRIMARY KEY (trigger_id, item_key);
ALTER TABLE ONLY langflow.trigger_subscription
    ADD CONSTRAINT trigger_subscription_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.flow
    ADD CONSTRAINT unique_flow_endpoint_name UNIQUE (user_id, endpoint_name);
ALTER TABLE ONLY langflow.flow
    ADD CONSTRAINT unique_flow_name UNIQUE (user_id, name);
ALTER TABLE ONLY langflow.flow_version
    ADD CONSTRAINT unique_flow_version_number UNIQUE (flow_id, version_number);
ALTER TABLE ONLY langflow.folder
    ADD CONSTRAINT unique_folder_name UNIQUE (user_id, name);
ALTER TABLE ONLY langflow.apikey
    ADD CONSTRAINT uq_apikey_id UNIQUE (id);
ALTER TABLE ONLY langflow.authz_access_exception
    ADD CONSTRAINT uq_authz_access_exception_target UNIQUE (user_id, resource_type, resource_id);
ALTER TABLE ONLY langflow.authz_team_member
    ADD CONSTRAINT uq_authz_team_member UNIQUE (team_id, user_id);
ALTER TABLE ONLY langflow.deployment_provider_account
    ADD CONSTRAINT uq_deployment_provider_account_provider_name UNIQUE (user_id, provider_key, name);
ALTER TABLE ONLY langflow.deployment_provider_account
    ADD CONSTRAINT uq_deployment_provider_account_user_url_tenant UNIQUE (user_id, provider_url, provider_tenant_id);
ALTER TABLE ONLY langflow.deployment
    ADD CONSTRAINT uq_deployment_resource_key_in_provider UNIQUE (deployment_provider_account_id, resource_key);
ALTER TABLE ONLY langflow.flow
    ADD CONSTRAINT uq_flow_id UNIQUE (id);
ALTER TABLE ONLY langflow.flow_version_deployment_attachment
    ADD CONSTRAINT uq_flow_version_deployment UNIQUE (flow_version_id, deployment_id);
ALTER TABLE ONLY langflow.job_checkpoints
    ADD CONSTRAINT uq_job_checkpoints_job_id_kind UNIQUE (job_id, kind);
ALTER TABLE ONLY langflow.job_events
    ADD CONSTRAINT uq_job_events_job_id_seq UNIQUE (job_id, seq);
ALTER TABLE ONLY langflow.knowledge_base
    ADD CONSTRAINT uq_knowledge_base_user_name UNIQUE (user_id, name);
ALTER TABLE ONLY langflow.memory_base_workflow_run
    ADD CONSTRAINT uq_mbwr_mb_session_wf_job UNIQUE (memory_base_id, session_id, workflow_job_id);
ALTER TABLE ONLY langflow.mcp_server
    ADD CONSTRAINT uq_mcp_server_name_user UNIQUE (user_id, name);
ALTER TABLE ONLY langflow.memory_base_session
    ADD CONSTRAINT uq_memory_base_session UNIQUE (memory_base_id, session_id);
ALTER TABLE ONLY langflow.memory_base
    ADD CONSTRAINT uq_memory_base_user_name UNIQUE (user_id, name);
ALTER TABLE ONLY langflow.message_ingestion_record
    ADD CONSTRAINT uq_mir_message_session_mb UNIQUE (message_id, session_id, memory_base_id);
ALTER TABLE ONLY langflow.trigger_event
    ADD CONSTRAINT uq_trigger_event_trigger_dedupe UNIQUE (trigger_id, dedupe_key);
ALTER TABLE ONLY langflow.trigger_subscription
    ADD CONSTRAINT uq_trigger_subscription_provider_external_id UNIQUE (provider, provider_subscription_id);
ALTER TABLE ONLY langflow."user"
    ADD CONSTRAINT uq_user_id UNIQUE (id);
ALTER TABLE ONLY langflow."user"
    ADD CONSTRAINT user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY langflow.variable
    ADD CONSTRAINT variable_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX ix_apikey_api_key ON langflow.apikey USING btree (api_key);
CREATE INDEX ix_apikey_api_key_hash ON langflow.apikey USING btree (api_key_hash);
CREATE INDEX ix_apikey_name ON langflow.apikey USING btree (name);
CREATE INDEX ix_apikey_user_id ON langflow.apikey USING btree (user_id);
CREATE INDEX ix_audit_events_acting_timeline ON langflow.audit_events USING btree (acting_issuer, acting_subject, "timestamp");
CREATE INDEX ix_audit_events_actor_timeline ON langflow.audit_events USING btree (actor_type, actor_id, "timestamp");
CREATE INDEX ix_audit_events_request_id ON langflow.audit_events USING btree (request_id);
CREATE INDEX ix_audit_events_resource_timeline ON langflow.audit_events USING btree (resource_type, resource_id, "timestamp", id);
CREATE INDEX ix_audit_events_timeline ON langflow.audit_events USING btree ("timestamp", id);
CREATE INDEX ix_audit_events_type_timeline ON langflow.audit_events USING btree (resource_type, "timestamp", id);
CREATE INDEX ix_audit_events_user_timeline ON langflow.audit_events USING btree (user_id, "timestamp");
CREATE INDEX ix_authz_access_exception_resource ON langflow.authz_access_exception USING btree (resource_type, resource_id);
CREATE INDEX ix_authz_access_exception_resource_id ON langflow.authz_access_exception USING btree (resource_id);
CREATE INDEX ix_authz_access_exception_resource_type ON langflow.authz_access_exception USING btree (resource_type);
CREATE INDEX ix_authz_access_exception_user_id ON langflow.authz_access_exception USING btree (user_id);
CREATE INDEX ix_authz_audit_log_action ON langflow.authz_audit_log USING btree (action);
CREATE INDEX ix_authz_audit_log_actor_timestamp ON langflow.authz_audit_log USING btree (actor_id, "timestamp");
CREATE INDEX ix_authz_audit_log_actor_type_timestamp ON langflow.authz_audit_log USING btree (actor_type, "timestamp");
CREATE INDEX ix_authz_audit_log_resource ON langflow.authz_audit_log USING btree (resource_type, resource_id);
CREATE INDEX ix_authz_audit_log_timestamp ON langflow.authz_audit_log USING btree ("timestamp");
CREATE INDEX ix_authz_audit_log_user_id ON langflow.authz_audit_log USING btree (user_id);
CREATE INDEX ix_authz_audit_log_user_timestamp ON langflow.authz_audit_log USING btree (user_id, "timestamp");
CREATE INDEX ix_authz_edit_lock_expires_at ON langflow.authz_edit_lock USING btree (expires_at);
CREATE UNIQUE INDEX ix_authz_edit_lock_flow_id ON langflow.authz_edit_lock USING btree (flow_id);
CREATE INDEX ix_authz_role_assignment_domain_id ON langflow.authz_role_assignment USING btree (domain_id);
CREATE INDEX ix_authz_role_assignment_grant_assignment_id ON langflow.authz_role_assignment_grant USING btree (assignment_id);
CREATE INDEX ix_authz_role_assignment_grant_provider_group ON langflow.authz_role_assignment_grant USING btree (provider_id, external_group);
CREATE INDEX ix_authz_role_assignment_role_id ON langflow.authz_role_assignment USING btree (role_id);
CREATE INDEX ix_authz_role_assignment_user_domain ON langflow.authz_role_assignment USING btree (user_id, domain_type, domain_id);
CREATE INDEX ix_authz_role_assignment_user_id ON langflow.authz_role_assignment USING btree (user_id);
CREATE UNIQUE INDEX ix_authz_role_name ON langflow.authz_role USING btree (name);
CREATE INDEX ix_authz_role_workspace_id ON langflow.authz_role USING btree (workspace_id);
CREATE INDEX ix_authz_share_resource ON langflow.authz_share USING btree (resource_type, resource_id);
CREATE INDEX ix_authz_share_resource_id ON langflow.authz_share USING btree (resource_id);
CREATE INDEX ix_authz_share_resource_type ON langflow.authz_share USING btree (resource_type);
CREATE INDEX ix_authz_share_scope ON langflow.authz_share USING btree (scope);
CREATE INDEX ix_authz_share_target_id ON langflow.authz_share USING btree (target_id);
CREATE UNIQUE INDEX ix_authz_team_adom_name ON langflow.authz_team USING btree (adom_name);
CREATE INDEX ix_authz_team_member_grant_membership_id ON langflow.authz_team_member_grant USING btree (membership_id);
CREATE INDEX ix_authz_team_member_grant_provider_group ON langflow.authz_team_member_grant USING btree (provider_id, external_group_id);
CREATE INDEX ix_authz_team_member_team_id ON langflow.authz_team_member USING btree (team_id);
CREATE INDEX ix_authz_team_member_user_id ON langflow.authz_team_member USING btree (user_id);
CREATE INDEX ix_authz_team_team_name ON langflow.authz_team USING btree (team_name);
CREATE INDEX ix_casbin_rule_ptype ON langflow.casbin_rule USING btree (ptype);
CREATE INDEX ix_connection_owner_id ON langflow.connection USING btree (owner_id);
CREATE INDEX ix_data_subject_request_status ON langflow.data_subject_request USING btree (status);
CREATE INDEX ix_deployment_deployment_provider_account_id ON langflow.deployment USING btree (deployment_provider_account_id);
CREATE INDEX ix_deployment_deployment_type ON langflow.deployment USING btree (deployment_type);
CREATE INDEX ix_deployment_project_id ON langflow.deployment USING btree (project_id);
CREATE INDEX ix_deployment_provider_account_provider_key ON langflow.deployment_provider_account USING btree (provider_key);
CREATE INDEX ix_deployment_provider_account_provider_tenant_id ON langflow.deployment_provider_account USING btree (provider_tenant_id);
CREATE INDEX ix_deployment_provider_account_user_id ON langflow.deployment_provider_account USING btree (user_id);
CREATE INDEX ix_deployment_resource_key ON langflow.deployment USING btree (resource_key);
CREATE INDEX ix_deployment_user_id ON langflow.deployment USING btree (user_id);
CREATE INDEX ix_deployment_workspace_id ON langflow.deployment USING btree (workspace_id);
CREATE INDEX ix_dsr_subject_status ON langflow.data_subject_request USING btree (subject_user_id, status);
CREATE INDEX ix_execution_signals_id ON langflow.execution_signals USING btree (id);
CREATE INDEX ix_execution_signals_job_id ON langflow.execution_signals USING btree (job_id);
CREATE INDEX ix_flow_description ON langflow.flow USING btree (description);
CREATE INDEX ix_flow_endpoint_name ON langflow.flow USING btree (endpoint_name);
CREATE INDEX ix_flow_folder_id ON langflow.flow USING btree (folder_id);
CREATE INDEX ix_flow_last_modified_by ON langflow.flow USING btree (last_modified_by);
CREATE INDEX ix_flow_name ON langflow.flow USING btree (name);
CREATE INDEX ix_flow_user_id ON langflow.flow USING btree (user_id);
CREATE INDEX ix_flow_version_created_at ON langflow.flow_version USING btree (created_at);
CREATE INDEX ix_flow_version_deployment_attachment_deployment_id ON langflow.flow_version_deployment_attachment USING btree (deployment_id);
CREATE INDEX ix_flow_version_deployment_attachment_flow_version_id ON langflow.flow_version_deployment_attachment USING btree (flow_version_id);
CREATE INDEX ix_flow_version_deployment_attachment_provider_snapshot_id ON langflow.flow_version_deployment_attachment USING btree (provider_snapshot_id);
CREATE INDEX ix_flow_version_deployment_attachment_user_id ON langflow.flow_version_deployment_attachment USING btree (user_id);
CREATE INDEX ix_flow_version_flow_id ON langflow.flow_version USING btree (flow_id);
CREATE INDEX ix_flow_version_user_id ON langflow.flow_version USING btree (user_id);
CREATE INDEX ix_flow_workspace_id ON langflow.flow USING btree (workspace_id);
CREATE INDEX ix_folder_is_personal ON langflow.folder USING btree (is_personal);
CREATE INDEX ix_folder_name ON langflow.folder USING btree (name);
CREATE INDEX ix_folder_workspace_id ON langflow.folder USING btree (workspace_id);
CREATE INDEX ix_ingestion_run_job_id ON langflow.ingestion_run USING btree (job_id);
CREATE INDEX ix_ingestion_run_kb_id ON langflow.ingestion_run USING btree (kb_id);
CREATE INDEX ix_ingestion_run_kb_name ON langflow.ingestion_run USING btree (kb_name);
CREATE INDEX ix_ingestion_run_source_type ON langflow.ingestion_run USING btree (source_type);
CREATE INDEX ix_ingestion_run_started_at ON langflow.ingestion_run USING btree (started_at);
CREATE INDEX ix_ingestion_run_status ON langflow.ingestion_run USING btree (status);
CREATE INDEX ix_ingestion_run_user_id ON langflow.ingestion_run USING btree (user_id);
CREATE INDEX ix_job_asset_id ON langflow.job USING btree (asset_id);
CREATE INDEX ix_job_checkpoints_job_id ON langflow.job_checkpoints USING btree (job_id);
CREATE INDEX ix_job_dedupe_key ON langflow.job USING btree (dedupe_key);
CREATE INDEX ix_job_events_id ON langflow.job_events USING btree (id);
CREATE INDEX ix_job_events_job_id ON langflow.job_events USING btree (job_id);
CREATE INDEX ix_job_finished_timestamp ON langflow.job USING btree (finished_timestamp);
CREATE INDEX ix_job_flow_id ON langflow.job USING btree (flow_id);
CREATE INDEX ix_job_job_id ON langflow.job USING btree (job_id);
CREATE INDEX ix_job_status_created ON langflow.job USING btree (status, created_timestamp);
CREATE INDEX ix_job_type ON langflow.job USING btree (type);
CREATE INDEX ix_job_user_id ON langflow.job USING btree (user_id);
CREATE INDEX ix_knowledge_base_name ON langflow.knowledge_base USING btree (name);
CREATE INDEX ix_knowledge_base_status ON langflow.knowledge_base USING btree (status);
CREATE INDEX ix_knowledge_base_storage_migration_kb_id ON langflow.knowledge_base_storage_migration USING btree (kb_id);
CREATE INDEX ix_knowledge_base_storage_migration_phase ON langflow.knowledge_base_storage_migration USING btree (phase);
CREATE INDEX ix_knowledge_base_storage_state ON langflow.knowledge_base USING btree (storage_state);
CREATE INDEX ix_knowledge_base_user_id ON langflow.knowledge_base USING btree (user_id);
CREATE INDEX ix_mbpo_job_id ON langflow.memory_base_preprocessing_output USING btree (job_id);
CREATE INDEX ix_mbpo_listing ON langflow.memory_base_preprocessing_output USING btree (memory_base_id, session_id, created_at);
CREATE INDEX ix_mbpo_pending ON langflow.memory_base_preprocessing_output USING btree (memory_base_id, session_id, status, created_at);
CREATE INDEX ix_mbwr_ingestion_job_id ON langflow.memory_base_workflow_run USING btree (ingestion_job_id);
CREATE INDEX ix_mbwr_mb_session ON langflow.memory_base_workflow_run USING btree (memory_base_id, session_id);
CREATE INDEX ix_memory_base_flow_id ON langflow.memory_base USING btree (flow_id);
CREATE INDEX ix_memory_base_session_lookup ON langflow.memory_base_session USING btree (memory_base_id, session_id);
CREATE INDEX ix_memory_base_session_memory_base_id ON langflow.memory_base_session USING btree (memory_base_id);
CREATE INDEX ix_memory_base_session_session_id ON langflow.memory_base_session USING btree (session_id);
CREATE INDEX ix_memory_base_user_id ON langflow.memory_base USING btree (user_id);
CREATE INDEX ix_message_flow_id_session_id_timestamp ON langflow.message USING btree (flow_id, session_id, "timestamp");
CREATE INDEX ix_message_flow_id_timestamp_id ON langflow.message USING btree (flow_id, "timestamp", id);
CREATE INDEX ix_message_run_id ON langflow.message USING btree (run_id);
CREATE INDEX ix_message_session_id_timestamp_id ON langflow.message USING btree (session_id, "timestamp", id);
CREATE INDEX ix_message_session_metadata_tenant ON langflow.message USING btree (((session_metadata ->> 'tenant_id'::text)));
CREATE INDEX ix_message_session_metadata_user ON langflow.message USING btree (((session_metadata ->> 'user_id'::text)));
CREATE INDEX ix_message_user_id ON langflow.message USING btree (user_id);
CREATE INDEX ix_mir_job_id ON langflow.message_ingestion_record USING btree (job_id);
CREATE INDEX ix_mir_memory_base_session ON langflow.message_ingestion_record USING btree (memory_base_id, session_id);
CREATE INDEX ix_mir_message_id ON langflow.message_ingestion_record USING btree (message_id);
CREATE INDEX ix_span_parent_span_id ON langflow.span USING btree (parent_span_id);
CREATE INDEX ix_span_trace_id ON langflow.span USING btree (trace_id);
CREATE INDEX ix_sso_user_profile_email ON langflow.sso_user_profile USING btree (email);
CREATE INDEX ix_sso_user_profile_user_id ON langflow.sso_user_profile USING btree (user_id);
CREATE INDEX ix_trace_flow_id ON langflow.trace USING btree (flow_id);
CREATE INDEX ix_trace_session_id ON langflow.trace USING btree (session_id);
CREATE INDEX ix_transaction_session_id ON langflow.transaction USING btree (session_id);
CREATE INDEX ix_transaction_user_id ON langflow.transaction USING btree (user_id);
CREATE INDEX ix_trigger_cleanup_available_at ON langflow.trigger_cleanup USING btree (available_at);
CREATE INDEX ix_trigger_connection_id ON langflow.trigger USING btree (connection_id);
CREATE INDEX ix_trigger_event_created_at ON langflow.trigger_event USING btree (created_at);
CREATE INDEX ix_trigger_event_state_available_at ON langflow.trigger_event USING btree (state, available_at);
CREATE INDEX ix_trigger_event_trigger_created_at ON langflow.trigger_event USING btree (trigger_id, created_at);
CREATE INDEX ix_trigger_event_trigger_id ON langflow.trigger_event USING btree (trigger_id);
CREATE INDEX ix_trigger_flow_id ON langflow.trigger USING btree (flow_id);
CREATE INDEX ix_trigger_flow_version_id ON langflow.trigger USING btree (flow_version_id);
CREATE INDEX ix_trigger_kind ON langflow.trigger USING btree (kind);
CREATE INDEX ix_trigger_state ON langflow.trigger USING btree (state);
CREATE INDEX ix_trigger_state_next_fire_at ON langflow.trigger USING btree (state, next_fire_at);
CREATE INDEX ix_trigger_subscription_renew_after ON langflow.trigger_subscription USING btree (state, renew_after);
CREATE INDEX ix_trigger_subscription_trigger_id ON langflow.trigger_subscription USING btree (trigger_id);
CREATE INDEX ix_trigger_user_id ON langflow.trigger USING btree (user_id);
CREATE UNIQUE INDEX ix_user_username ON langflow."user" USING btree (username);
CREATE UNIQUE INDEX ix_user_username_lower ON langflow."user" USING btree (lower((username)::text));
CREATE INDEX ix_vertex_build_job_id ON langflow.vertex_build USING btree (job_id);
CREATE UNIQUE INDEX uq_authz_role_assignment_grant_idp ON langflow.authz_role_assignment_grant USING btree (assignment_id, provider_id, external_group) WHERE ((source_kind)::text = 'idp'::text);
CREATE UNIQUE INDEX uq_authz_role_assignment_grant_manual ON langflow.authz_role_assignment_grant USING btree (assignment_id) WHERE ((source_kind)::text = 'manual'::text);
CREATE UNIQUE INDEX uq_authz_role_assignment_scoped ON langflow.authz_role_assignment USING btree (user_id, role_id, domain_type, domain_id) WHERE (domain_id IS NOT NULL);
CREATE UNIQUE INDEX uq_authz_role_assignment_unscoped ON langflow.authz_role_assignment USING btree (user_id, role_id, domain_type) WHERE (domain_id IS NULL);
CREATE UNIQUE INDEX uq_authz_share_targeted ON langflow.authz_share USING btree (resource_type, resource_id, scope, target_id) WHERE (target_id IS NOT NULL);
CREATE UNIQUE INDEX uq_authz_share_untargeted ON langflow.authz_share USING btree (resource_type, resource_id, scope) WHERE (target_id IS NULL);
CREATE UNIQUE INDEX uq_authz_team_member_grant_directory ON langflow.authz_team_member_grant USING btree (membership_id, provider_id, external_group_id) WHERE ((source_kind)::text = 'directory'::text);
CREATE UNIQUE INDEX uq_authz_team_member_grant_legacy ON langflow.authz_team_member_grant USING btree (membership_id, legacy_source) WHERE ((source_kind)::text = 'legacy'::text);
CREATE UNIQUE INDEX uq_authz_team_member_grant_manual ON langflow.authz_team_member_grant USING btree (membership_id) WHERE ((source_kind)::text = 'manual'::text);
CREATE UNIQUE INDEX uq_catalog_policy_rule_scoped ON langflow.catalog_policy_rule USING btree (resource_kind, resource_key, scope, domain_id) WHERE (domain_id IS NOT NULL);
CREATE UNIQUE INDEX uq_catalog_policy_rule_unscoped ON langflow.catalog_policy_rule USING btree (resource_kind, resource_key, scope) WHERE (domain_id IS NULL);
CREATE UNIQUE INDEX uq_connection_instance_provider_name ON langflow.connection USING btree (provider_key, name) WHERE ((ownership_mode)::text = 'instance'::text);
CREATE UNIQUE INDEX uq_connection_user_provider_name ON langflow.connection USING btree (owner_id, provider_key, name) WHERE ((ownership_mode)::text = 'user'::text);
CREATE UNIQUE INDEX uq_sso_config_slug ON langflow.sso_config USING btree (slug);
CREATE UNIQUE INDEX uq_sso_user_profile_provider_user ON langflow.sso_user_profile USING btree (sso_provider, sso_user_id);
CREATE UNIQUE INDEX uq_sso_user_profile_user_provider ON langflow.sso_user_profile USING btree (user_id, sso_provider);
CREATE UNIQUE INDEX uq_trigger_flow_node ON langflow.trigger USING btree (flow_id, node_id) WHERE (node_id IS NOT NULL);
CREATE UNIQUE INDEX uq_trigger_public_id ON langflow.trigger USING btree (public_id);
CREATE TRIGGER trg_sso_config_slug_immutable BEFORE UPDATE OF slug ON langflow.sso_config FOR EACH ROW EXECUTE FUNCTION langflow.prevent_sso_config_slug_update();
ALTER TABLE ONLY langflow.apikey
    ADD CONSTRAINT apikey_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id);
ALTER TABLE ONLY langflow.authz_access_exception
    ADD CONSTRAINT authz_access_exception_created_by_fkey FOREIGN KEY (created_by) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.authz_access_exception
    ADD CONSTRAINT authz_access_exception_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.authz_audit_log
    ADD CONSTRAINT authz_audit_log_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.authz_edit_lock
    ADD CONSTRAINT authz_edit_lock_flow_id_fkey FOREIGN KEY (flow_id) REFERENCES langflow.flow(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.authz_edit_lock
    ADD CONSTRAINT authz_edit_lock_holder_user_id_fkey FOREIGN KEY (holder_user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.authz_role_assignment
    ADD CONSTRAINT authz_role_assignment_assigned_by_fkey FOREIGN KEY (assigned_by) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.authz_role_assignment_grant
    ADD CONSTRAINT authz_role_assignment_grant_administrative_actor_fkey FOREIGN KEY (administrative_actor) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.authz_role_assignment_grant
    ADD CONSTRAINT authz_role_assignment_grant_assignment_id_fkey FOREIGN KEY (assignment_id) REFERENCES langflow.authz_role_assignment(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.authz_role_assignment
    ADD CONSTRAINT authz_role_assignment_role_id_fkey FOREIGN KEY (role_id) REFERENCES langflow.authz_role(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.authz_role_assignment
    ADD CONSTRAINT authz_role_assignment_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.authz_role
    ADD CONSTRAINT authz_role_created_by_fkey FOREIGN KEY (created_by) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.authz_role
    ADD CONSTRAINT authz_role_parent_role_id_fkey FOREIGN KEY (parent_role_id) REFERENCES langflow.authz_role(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.authz_share
    ADD CONSTRAINT authz_share_created_by_fkey FOREIGN KEY (created_by) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.authz_team_member_grant
    ADD CONSTRAINT authz_team_member_grant_administrative_actor_fkey FOREIGN KEY (administrative_actor) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.authz_team_member_grant
    ADD CONSTRAINT authz_team_member_grant_membership_id_fkey FOREIGN KEY (membership_id) REFERENCES langflow.authz_team_member(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.authz_team_member
    ADD CONSTRAINT authz_team_member_team_id_fkey FOREIGN KEY (team_id) REFERENCES langflow.authz_team(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.authz_team_member
    ADD CONSTRAINT authz_team_member_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.catalog_policy_rule
    ADD CONSTRAINT catalog_policy_rule_created_by_fkey FOREIGN KEY (created_by) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.connection_oauth
    ADD CONSTRAINT connection_oauth_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES langflow.connection(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.connection_oauth
    ADD CONSTRAINT connection_oauth_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.connection
    ADD CONSTRAINT connection_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.connection_secret
    ADD CONSTRAINT connection_secret_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES langflow.connection(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.deployment
    ADD CONSTRAINT deployment_deployment_provider_account_id_fkey FOREIGN KEY (deployment_provider_account_id) REFERENCES langflow.deployment_provider_account(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.deployment
    ADD CONSTRAINT deployment_project_id_fkey FOREIGN KEY (project_id) REFERENCES langflow.folder(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.deployment_provider_account
    ADD CONSTRAINT deployment_provider_account_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.deployment
    ADD CONSTRAINT deployment_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.file
    ADD CONSTRAINT fk_file_user_id_user FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.flow
    ADD CONSTRAINT fk_flow_user_id_user FOREIGN KEY (user_id) REFERENCES langflow."user"(id);
ALTER TABLE ONLY langflow.message_ingestion_record
    ADD CONSTRAINT fk_message_ingestion_record_message_id_message FOREIGN KEY (message_id) REFERENCES langflow.message(id) ON DELETE CASCADE NOT VALID;
ALTER TABLE ONLY langflow.trace
    ADD CONSTRAINT fk_trace_flow_id_flow FOREIGN KEY (flow_id) REFERENCES langflow.flow(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.flow
    ADD CONSTRAINT flow_folder_id_fkey FOREIGN KEY (folder_id) REFERENCES langflow.folder(id);
ALTER TABLE ONLY langflow.flow
    ADD CONSTRAINT flow_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id);
ALTER TABLE ONLY langflow.flow_version_deployment_attachment
    ADD CONSTRAINT flow_version_deployment_attachment_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES langflow.deployment(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.flow_version_deployment_attachment
    ADD CONSTRAINT flow_version_deployment_attachment_flow_version_id_fkey FOREIGN KEY (flow_version_id) REFERENCES langflow.flow_version(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.flow_version_deployment_attachment
    ADD CONSTRAINT flow_version_deployment_attachment_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.flow_version
    ADD CONSTRAINT flow_version_flow_id_fkey FOREIGN KEY (flow_id) REFERENCES langflow.flow(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.flow_version
    ADD CONSTRAINT flow_version_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.folder
    ADD CONSTRAINT folder_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES langflow.folder(id);
ALTER TABLE ONLY langflow.folder
    ADD CONSTRAINT folder_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id);
ALTER TABLE ONLY langflow.ingestion_run
    ADD CONSTRAINT ingestion_run_kb_id_fkey FOREIGN KEY (kb_id) REFERENCES langflow.knowledge_base(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.knowledge_base
    ADD CONSTRAINT knowledge_base_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.mcp_server
    ADD CONSTRAINT mcp_server_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.memory_base_preprocessing_output
    ADD CONSTRAINT memory_base_preprocessing_output_job_id_fkey FOREIGN KEY (job_id) REFERENCES langflow.job(job_id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.memory_base_preprocessing_output
    ADD CONSTRAINT memory_base_preprocessing_output_memory_base_id_fkey FOREIGN KEY (memory_base_id) REFERENCES langflow.memory_base(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.memory_base_session
    ADD CONSTRAINT memory_base_session_memory_base_id_fkey FOREIGN KEY (memory_base_id) REFERENCES langflow.memory_base(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.memory_base_workflow_run
    ADD CONSTRAINT memory_base_workflow_run_ingestion_job_id_fkey FOREIGN KEY (ingestion_job_id) REFERENCES langflow.job(job_id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.memory_base_workflow_run
    ADD CONSTRAINT memory_base_workflow_run_memory_base_id_fkey FOREIGN KEY (memory_base_id) REFERENCES langflow.memory_base(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.memory_base_workflow_run
    ADD CONSTRAINT memory_base_workflow_run_workflow_job_id_fkey FOREIGN KEY (workflow_job_id) REFERENCES langflow.job(job_id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.message_ingestion_record
    ADD CONSTRAINT message_ingestion_record_job_id_fkey FOREIGN KEY (job_id) REFERENCES langflow.job(job_id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.message_ingestion_record
    ADD CONSTRAINT message_ingestion_record_memory_base_id_fkey FOREIGN KEY (memory_base_id) REFERENCES langflow.memory_base(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.policy_bundle_revision
    ADD CONSTRAINT policy_bundle_revision_rollback_of_revision_fkey FOREIGN KEY (rollback_of_revision) REFERENCES langflow.policy_bundle_revision(revision) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.span
    ADD CONSTRAINT span_parent_span_id_fkey FOREIGN KEY (parent_span_id) REFERENCES langflow.span(id);
ALTER TABLE ONLY langflow.span
    ADD CONSTRAINT span_trace_id_fkey FOREIGN KEY (trace_id) REFERENCES langflow.trace(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.sso_config
    ADD CONSTRAINT sso_config_created_by_fkey FOREIGN KEY (created_by) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.sso_config
    ADD CONSTRAINT sso_config_updated_by_fkey FOREIGN KEY (updated_by) REFERENCES langflow."user"(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.sso_user_profile
    ADD CONSTRAINT sso_user_profile_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.trigger
    ADD CONSTRAINT trigger_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES langflow.connection(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.trigger
    ADD CONSTRAINT trigger_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES langflow.deployment(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.trigger_event
    ADD CONSTRAINT trigger_event_replay_of_event_id_fkey FOREIGN KEY (replay_of_event_id) REFERENCES langflow.trigger_event(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.trigger_event
    ADD CONSTRAINT trigger_event_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES langflow.trigger(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.trigger
    ADD CONSTRAINT trigger_flow_id_fkey FOREIGN KEY (flow_id) REFERENCES langflow.flow(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.trigger
    ADD CONSTRAINT trigger_flow_version_id_fkey FOREIGN KEY (flow_version_id) REFERENCES langflow.flow_version(id);
ALTER TABLE ONLY langflow.trigger_listener_lease
    ADD CONSTRAINT trigger_listener_lease_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES langflow.connection(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.trigger_source_version
    ADD CONSTRAINT trigger_source_version_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES langflow.trigger(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.trigger_subscription
    ADD CONSTRAINT trigger_subscription_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES langflow.connection(id) ON DELETE SET NULL;
ALTER TABLE ONLY langflow.trigger_subscription
    ADD CONSTRAINT trigger_subscription_trigger_id_fkey FOREIGN KEY (trigger_id) REFERENCES langflow.trigger(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.trigger
    ADD CONSTRAINT trigger_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY langflow.variable
    ADD CONSTRAINT variable_user_id_fkey FOREIGN KEY (user_id) REFERENCES langflow."user"(id);
