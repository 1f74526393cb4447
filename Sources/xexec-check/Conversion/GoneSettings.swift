/// Settings of the top level that Dovecot 2.3 has and 2.4 does not, or by another name, in the order
/// of the alphabet.
extension Converter {
  static let gone = Set(
    """
    auth_default_realm auth_policy_server_timeout_msecs auth_stats auth_worker_max_count
    config_cache_size default_idle_kill dict_db_config director_flush_socket director_mail_servers
    director_max_parallel_kicks director_max_parallel_moves director_output_buffer_size
    director_ping_idle_timeout director_ping_max_timeout director_servers director_user_expire
    director_user_kick_delay director_username_hash disable_plaintext_auth doveadm_http_rawlog_dir
    imap_id_log imapc_ssl_verify login_access_sockets mail_attachment_dir mail_attachment_fs
    mail_attachment_hash mail_attachment_min_size mail_attribute_dict mail_location
    master_user_separator old_stats_carbon_interval old_stats_carbon_name old_stats_carbon_server
    old_stats_command_min_time old_stats_domain_min_time old_stats_ip_min_time
    old_stats_memory_limit old_stats_session_min_time old_stats_user_min_time
    replication_dsync_parameters replication_full_sync_interval replication_max_conns
    replicator_host replicator_port ssl_alt_cert ssl_alt_key ssl_ca ssl_cert ssl_cert_username_field
    ssl_client_cert ssl_client_key ssl_dh ssl_key ssl_key_password ssl_prefer_server_ciphers
    ssl_require_crl ssl_verify_client_cert stats_http_rawlog_dir verbose_ssl
    """.split { $0 == " " || $0 == "\n" }.map(String.init))

  static func isGone(_ key: String) -> Bool { gone.contains(key) }
}
