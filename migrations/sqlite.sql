CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
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
	"key" VARCHAR NOT NULL, 
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
CREATE INDEX ix_access_token_expires_at ON access_token (expires_at);
CREATE INDEX ix_access_token_user_id ON access_token (user_id);
CREATE INDEX ix_account_user_company_id ON account_user (company_id);
CREATE INDEX ix_api_key_company_id ON api_key (company_id);
CREATE INDEX ix_deferred_session_company_id ON deferred_session (company_id);
CREATE INDEX ix_hmac_pair_company_id ON hmac_pair (company_id);
CREATE INDEX ix_nonce_expires_at ON nonce (expires_at);
INSERT INTO alembic_version VALUES ('0002');
