CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, serves_from VARCHAR(32), 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE company (
	id VARCHAR(36) NOT NULL, 
	name VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE account_user (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	user_name VARCHAR NOT NULL, 
	password VARCHAR NOT NULL, 
	name VARCHAR, 
	last_name VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE, 
	UNIQUE (user_name)
);
CREATE TABLE api_key (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	name VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE, 
	UNIQUE (digest)
);
CREATE TABLE hmac_pair (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	name VARCHAR NOT NULL, 
	public_id VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, digest VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE, 
	UNIQUE (public_id)
);
CREATE TABLE access_token (
	digest VARCHAR NOT NULL, 
	user_id VARCHAR(36) NOT NULL, 
	issued_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(user_id) REFERENCES account_user (id) ON DELETE CASCADE
);
CREATE TABLE nonce (
	hmac_pair_id VARCHAR(36) NOT NULL, 
	nonce VARCHAR NOT NULL, 
	expires_at BIGINT NOT NULL, 
	PRIMARY KEY (hmac_pair_id, nonce), 
	FOREIGN KEY(hmac_pair_id) REFERENCES hmac_pair (id) ON DELETE CASCADE
);
CREATE TABLE deferred_session (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	user_name VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	creation_date BIGINT NOT NULL, 
	update_date BIGINT NOT NULL, 
	job_id VARCHAR(36), 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE company_profile (
	company_id VARCHAR(36) NOT NULL, 
	progression VARCHAR, 
	stage_ms BIGINT, 
	cloudinfo_json VARCHAR NOT NULL, 
	PRIMARY KEY (company_id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE extraction_rule (
	company_id VARCHAR(36) NOT NULL, 
	position INTEGER NOT NULL, 
	file_name VARCHAR, 
	metadata_json VARCHAR NOT NULL, 
	tag_name VARCHAR, 
	values_json VARCHAR NOT NULL, 
	classification_score FLOAT NOT NULL, 
	confirmed BOOLEAN NOT NULL, 
	outcome VARCHAR, 
	PRIMARY KEY (company_id, position), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE file_content (
	file_id VARCHAR(36) NOT NULL, 
	position INTEGER NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	data BLOB NOT NULL, 
	PRIMARY KEY (file_id, position), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE file_name (
	company_id VARCHAR(36) NOT NULL, 
	name VARCHAR NOT NULL, 
	times INTEGER NOT NULL, 
	PRIMARY KEY (company_id, name), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE job (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	deferred_session_id VARCHAR(36), 
	creation_date BIGINT NOT NULL, 
	user_name VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	input_source_type VARCHAR NOT NULL, 
	source VARCHAR, 
	container VARCHAR, 
	remote_file_name VARCHAR, 
	remote_file_names_json VARCHAR, 
	file_urls_json VARCHAR, 
	merge BOOLEAN NOT NULL, 
	decompose BOOLEAN NOT NULL, 
	propagate_metadata BOOLEAN NOT NULL, 
	parent_file_prefix VARCHAR, 
	page_rotation INTEGER NOT NULL, 
	metadata_json VARCHAR, 
	metadata_objects_count INTEGER NOT NULL, 
	file_sources_count INTEGER NOT NULL, 
	priority VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	policy VARCHAR NOT NULL, 
	retry_limit INTEGER NOT NULL, 
	progression VARCHAR NOT NULL, 
	stage_ms BIGINT NOT NULL, 
	step INTEGER NOT NULL, 
	stepped_at BIGINT NOT NULL, 
	fixed_stage VARCHAR, told_steps INTEGER, tells_at BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE tag (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	position INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	description VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE data_point (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	tag_id VARCHAR(36) NOT NULL, 
	position INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE, 
	FOREIGN KEY(tag_id) REFERENCES tag (id) ON DELETE CASCADE
);
CREATE TABLE file (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	deferred_session_id VARCHAR(36), 
	job_id VARCHAR(36), 
	position INTEGER NOT NULL, 
	creation_date BIGINT NOT NULL, 
	update_date BIGINT NOT NULL, 
	uploaded_name VARCHAR NOT NULL, 
	file_name VARCHAR NOT NULL, 
	content_type VARCHAR NOT NULL, 
	file_size BIGINT NOT NULL, 
	md5_hash VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	metadata_json VARCHAR NOT NULL, 
	tag_id VARCHAR(36), 
	tag_name VARCHAR, 
	classification_score FLOAT NOT NULL, 
	fails BOOLEAN NOT NULL, 
	fixed_status VARCHAR, directory VARCHAR, properties_json VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE, 
	FOREIGN KEY(deferred_session_id) REFERENCES deferred_session (id) ON DELETE CASCADE, 
	FOREIGN KEY(job_id) REFERENCES job (id) ON DELETE CASCADE
);
CREATE TABLE file_value (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	file_id VARCHAR(36) NOT NULL, 
	tag_id VARCHAR(36), 
	data_point_id VARCHAR(36) NOT NULL, 
	position INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	classification_score FLOAT NOT NULL, 
	confirmed BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE, 
	FOREIGN KEY(file_id) REFERENCES file (id) ON DELETE CASCADE
);
CREATE TABLE clock_shift (
	"key" VARCHAR NOT NULL, 
	company_id VARCHAR(36), 
	offset_ms BIGINT NOT NULL, 
	frozen_at BIGINT, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE company_seed (
	company_id VARCHAR(36) NOT NULL, 
	document_json VARCHAR NOT NULL, 
	PRIMARY KEY (company_id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE fault (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36), 
	created_at BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	rule_json VARCHAR NOT NULL, 
	seen INTEGER NOT NULL, 
	fired INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE journal_entry (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	company_id VARCHAR(36), 
	at BIGINT NOT NULL, 
	method VARCHAR NOT NULL, 
	path VARCHAR NOT NULL, 
	"query" VARCHAR NOT NULL, 
	headers_json VARCHAR NOT NULL, 
	body VARCHAR NOT NULL, 
	status INTEGER NOT NULL, 
	response_headers_json VARCHAR NOT NULL, 
	response_body VARCHAR NOT NULL, 
	duration_us BIGINT NOT NULL, 
	fault VARCHAR, 
	reason VARCHAR, 
	bytes BIGINT NOT NULL, 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE journal_totals (
	"key" VARCHAR NOT NULL, 
	company_id VARCHAR(36), 
	entries BIGINT NOT NULL, 
	bytes BIGINT NOT NULL, 
	dropped BIGINT NOT NULL, 
	PRIMARY KEY ("key"), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE company_lifetime (
	company_id VARCHAR(36) NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	PRIMARY KEY (company_id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE event_stream (
	company_id VARCHAR(36) NOT NULL, 
	is_listened_to BOOLEAN NOT NULL, 
	is_on BOOLEAN NOT NULL, 
	last_number INTEGER NOT NULL, 
	webhook_style VARCHAR, 
	realtime_style VARCHAR, 
	job_finished_first BOOLEAN NOT NULL, 
	delivery_faults_json VARCHAR NOT NULL, 
	PRIMARY KEY (company_id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE event (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	number INTEGER NOT NULL, 
	occurred_at BIGINT NOT NULL, 
	name VARCHAR NOT NULL, 
	job_id VARCHAR(36), 
	file_id VARCHAR(36), 
	fields_json VARCHAR NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE webhook (
	company_id VARCHAR(36) NOT NULL, 
	id VARCHAR(36) NOT NULL, 
	url VARCHAR NOT NULL, 
	token VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	delivered_number INTEGER NOT NULL, 
	claimed_by VARCHAR, 
	claimed_until BIGINT, 
	PRIMARY KEY (company_id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE, 
	UNIQUE (id)
);
CREATE TABLE delivery (
	id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	event_id VARCHAR(36) NOT NULL, 
	event_number INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	state VARCHAR NOT NULL, 
	status INTEGER, 
	error VARCHAR, 
	answer VARCHAR, 
	next_at BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE realtime_connection (
	id VARCHAR NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	process_id VARCHAR NOT NULL, 
	api_key_id VARCHAR(36), 
	user_name VARCHAR NOT NULL, 
	transport VARCHAR NOT NULL, 
	connected_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE TABLE pact_scope (
	name VARCHAR NOT NULL, 
	company_id VARCHAR(36), 
	is_adopted BOOLEAN NOT NULL, 
	values_json VARCHAR NOT NULL, 
	made_json VARCHAR NOT NULL, 
	failure_json VARCHAR, 
	used_at BIGINT NOT NULL, 
	PRIMARY KEY (name), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE SET NULL, 
	UNIQUE (company_id)
);
CREATE TABLE rate_window (
	credential_id VARCHAR(36) NOT NULL, 
	company_id VARCHAR(36) NOT NULL, 
	minute BIGINT NOT NULL, 
	used BIGINT NOT NULL, 
	PRIMARY KEY (credential_id), 
	FOREIGN KEY(company_id) REFERENCES company (id) ON DELETE CASCADE
);
CREATE INDEX ix_access_token_expires_at ON access_token (expires_at);
CREATE INDEX ix_access_token_user_id ON access_token (user_id);
CREATE INDEX ix_account_user_company_id ON account_user (company_id);
CREATE INDEX ix_api_key_company_id ON api_key (company_id);
CREATE INDEX ix_clock_shift_company_id ON clock_shift (company_id);
CREATE INDEX ix_company_lifetime_expires_at ON company_lifetime (expires_at);
CREATE INDEX ix_data_point_company_id ON data_point (company_id);
CREATE INDEX ix_data_point_tag_id ON data_point (tag_id);
CREATE INDEX ix_deferred_session_company_id ON deferred_session (company_id);
CREATE INDEX ix_delivery_company_id_at ON delivery (company_id, at);
CREATE INDEX ix_delivery_company_id_event_id_attempt ON delivery (company_id, event_id, attempt);
CREATE UNIQUE INDEX ix_event_company_id_number ON event (company_id, number);
CREATE INDEX ix_fault_company_id ON fault (company_id);
CREATE INDEX ix_file_company_id_file_name ON file (company_id, file_name);
CREATE INDEX ix_file_content_company_id ON file_content (company_id);
CREATE INDEX ix_file_deferred_session_id ON file (deferred_session_id);
CREATE INDEX ix_file_job_id ON file (job_id);
CREATE INDEX ix_file_tag_id_creation_date_position_id ON file (tag_id, creation_date, position, id);
CREATE INDEX ix_file_value_company_id ON file_value (company_id);
CREATE INDEX ix_file_value_file_id ON file_value (file_id);
CREATE INDEX ix_file_value_tag_id ON file_value (tag_id);
CREATE INDEX ix_hmac_pair_company_id ON hmac_pair (company_id);
CREATE INDEX ix_hmac_pair_digest ON hmac_pair (digest);
CREATE INDEX ix_job_company_id_creation_date_id ON job (company_id, creation_date, id);
CREATE INDEX ix_job_company_id_tells_at ON job (company_id, tells_at) WHERE tells_at IS NOT NULL;
CREATE INDEX ix_journal_entry_company_id_number ON journal_entry (company_id, number);
CREATE INDEX ix_journal_totals_company_id ON journal_totals (company_id);
CREATE INDEX ix_nonce_expires_at ON nonce (expires_at);
CREATE INDEX ix_pact_scope_used_at ON pact_scope (used_at);
CREATE INDEX ix_rate_window_company_id ON rate_window (company_id);
CREATE INDEX ix_realtime_connection_company_id ON realtime_connection (company_id);
CREATE INDEX ix_realtime_connection_seen_at ON realtime_connection (seen_at);
CREATE INDEX ix_tag_company_id ON tag (company_id);
INSERT INTO alembic_version VALUES ('0012', '0012');
