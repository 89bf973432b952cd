//! What the rules say of names: real ones of node_exporter and Prometheus, and the edges of each
//! rule.

use measurand::__private_0_1::check_unit;
use measurand::Kind;
use measurand::naming::{
    LabelError, NameError, Rule, Rules, Subject, broken_rules, clash, label_error, label_rules,
    name_error,
};

#[track_caller]
fn kind_named(word: &str) -> Kind {
    match word {
        "counter" => Kind::Counter,
        "gauge" => Kind::Gauge,
        "histogram" => Kind::Histogram,
        "summary" => Kind::Summary,
        "info" => Kind::Info,
        "stateset" => Kind::StateSet,
        "unknown" => Kind::Unknown,
        _ => panic!("there is no kind `{word}`"),
    }
}

#[track_caller]
fn rules_named(words: &str) -> Rules {
    words.split_whitespace().fold(Rules::NONE, |rules, word| {
        let Some(rule) = Rule::from_name(word) else { panic!("there is no rule `{word}`") };
        rules.with(rule)
    })
}

/// Checks one line of a table: `kind name [unit] [{label,…}] [-> rule …]`. The rules behind the
/// arrow are all that the name breaks.
#[track_caller]
fn check(line: &str) {
    let (declared, expected) = line.split_once(" -> ").unwrap_or((line, ""));
    let mut words = declared.split(' ');
    let (Some(kind), Some(name)) = (words.next(), words.next()) else {
        panic!("a line starts with a kind and a name: `{line}`")
    };
    let (mut unit, mut labels) = ("", Vec::new());
    for word in words {
        match word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(list) => labels = list.split(',').collect(),
            None => unit = word,
        }
    }
    // What cannot be waived would hide behind a table of rules.
    assert_eq!(name_error(name), None, "{line}");
    let subject = Subject { name, kind: kind_named(kind), unit, labels: &labels };
    let broken = broken_rules(&subject);
    let names: Vec<_> = broken.iter().map(Rule::as_str).collect();
    assert_eq!(broken, rules_named(expected), "`{line}`, but breaks {names:?}");
}

#[test]
fn names_of_node_exporter_have_the_expected_verdicts() {
    // Processor and load.
    check("counter node_cpu_seconds_total seconds {cpu,mode}");
    check("counter node_cpu_guest_seconds_total seconds {cpu,mode}");
    check("counter node_cpu_core_throttles_total {core,package}");
    check("gauge node_cpu_frequency_hertz {cpu}");
    check("gauge node_cpu_scaling_frequency_max_hertz {cpu}");
    check("gauge node_cpu_scaling_frequency_min_hertz {cpu}");
    check("gauge node_cpu_isolated {cpu}");
    check("gauge node_cpu_info -> reserved_suffix");
    check("info node_cpu_info");
    check("counter node_context_switches_total");
    check("counter node_forks_total");
    check("counter node_intr_total");
    check("gauge node_load1");
    check("gauge node_load15");
    check("gauge node_procs_running");
    check("counter node_schedstat_running_seconds_total seconds {cpu}");
    check("counter node_pressure_io_stalled_seconds_total seconds");

    // Disks and file systems.
    check("counter node_disk_io_time_seconds_total seconds {device}");
    check("counter node_disk_io_time_weighted_seconds_total seconds {device}");
    check("counter node_disk_flush_requests_time_seconds_total seconds {device}");
    check("counter node_disk_reads_completed_total {device}");
    check("counter node_disk_read_bytes_total bytes {device}");
    check("counter node_disk_written_bytes_total bytes {device}");
    check("gauge node_disk_io_now {device}");
    check("gauge node_disk_ata_rotation_rate_rpm {device}");
    check("gauge node_disk_info -> reserved_suffix");
    check("gauge node_filesystem_avail_bytes bytes {device,fstype,mountpoint}");
    check("gauge node_filesystem_files_free {device,fstype,mountpoint}");
    check("gauge node_filesystem_readonly {device,fstype,mountpoint}");
    check("gauge node_btrfs_allocation_ratio ratio {uuid}");
    check("gauge node_btrfs_max_commit_seconds seconds");
    check("gauge node_bcache_cache_available_percent -> percent");
    check("gauge node_bcache_priority_stats_unused_percent -> percent");
    check("gauge node_bcache_average_key_size_sectors");
    check("gauge node_md_blocks_synced {device}");

    // Memory, whose names the kernel makes.
    check("gauge node_memory_MemFree_bytes bytes -> snake_case");
    check("gauge node_memory_Active_anon_bytes bytes -> snake_case");
    check("gauge node_memory_DirectMap4k_bytes bytes -> snake_case");
    check("gauge node_memory_HugePages_Total -> snake_case");
    check("gauge node_memory_numa_MemFree bytes {node} -> snake_case unit_suffix");
    check("counter node_memory_numa_interleave_hit_total {node}");
    check("gauge node_zoneinfo_nr_free_pages pages {node,zone}");
    check("gauge node_ksmd_pages_shared pages -> unit_suffix");
    check("unknown node_vmstat_pgfault");
    check("unknown node_vmstat_oom_kill");

    // Network.
    check("counter node_network_receive_bytes_total bytes {device}");
    check("counter node_network_receive_errs_total {device}");
    check("gauge node_network_mtu_bytes bytes {device}");
    check("gauge node_network_speed_bytes bytes {device}");
    check("gauge node_network_up {device}");
    check("gauge node_network_address_assign_type {device}");
    check("gauge node_network_info {address,device} -> reserved_suffix");
    check("unknown node_netstat_Tcp_CurrEstab -> snake_case");
    check("unknown node_netstat_Icmp6_InErrors -> snake_case");
    check("gauge node_sockstat_sockets_used");
    check("gauge node_sockstat_TCP_mem_bytes bytes -> snake_case");
    check("gauge node_nf_conntrack_stat_drop");
    check("counter node_softnet_flow_limit_count_total {cpu}");
    check("gauge node_infiniband_rate_bytes_per_second {device,port} -> singular_unit");
    check("counter node_fibrechannel_seconds_since_last_reset_total seconds -> unit_suffix");
    check("gauge node_wifi_station_receive_bits_per_second -> base_unit singular_unit");
    check("gauge node_wifi_station_inactive_seconds seconds {device,mac_address}");
    check("counter node_wifi_station_connected_seconds_total seconds {device,mac_address}");
    check("gauge node_wifi_station_signal_dbm");
    check("counter node_mountstats_nfs_total_read_bytes_total bytes");

    // Sensors and power.
    check("gauge node_hwmon_temp_celsius celsius {chip,sensor}");
    check("gauge node_hwmon_temp_crit_alarm_celsius {chip,sensor} -> unit_suffix");
    check("gauge node_hwmon_in_min_volts volts {chip,sensor}");
    check("gauge node_hwmon_fan_rpm {chip,sensor}");
    check("gauge node_hwmon_fan_min_rpm {chip,sensor}");
    check("gauge node_hwmon_freq_freq_mhz {chip,sensor}");
    check("gauge node_thermal_zone_temp celsius {type,zone} -> unit_suffix");
    check("counter node_rapl_package_joules_total joules {index,path}");
    check("gauge node_power_supply_voltage_volt volts {power_supply} -> unit_suffix");
    check("gauge node_power_supply_power_watt {power_supply}");
    check("gauge node_power_supply_energy_watthour {power_supply}");

    // Time and the rest.
    check("gauge node_boot_time_seconds seconds");
    check("gauge node_time_seconds seconds");
    check("gauge node_time_zone_offset_seconds seconds {time_zone}");
    check("gauge node_timex_frequency_adjustment_ratio ratio");
    check("gauge node_entropy_available_bits -> base_unit");
    check("gauge node_entropy_pool_size_bits -> base_unit");
    check("gauge node_scrape_collector_duration_seconds seconds {collector}");
    check("gauge node_scrape_collector_success {collector}");
    check("gauge node_textfile_mtime_seconds seconds {file}");
    check("gauge node_textfile_scrape_error");
    check("gauge node_systemd_unit_state {name,state,type}");
    check("stateset node_systemd_unit_state {name,state}");
    check("gauge node_uname_info -> reserved_suffix");
    check("info node_exporter_build_info {branch,goversion,revision,version}");
    check("unknown node_zfs_arc_arc_meta_min");
    check("unknown node_zfs_arc_c");
    check("unknown node_zfs_arc_l2_read_bytes bytes");
    check("unknown node_zfs_arc_memory_throttle_count -> reserved_suffix");
    check("unknown node_zfs_zil_zil_itx_copied_count -> reserved_suffix");
    check("unknown node_zfs_abd_scatter_order_10");
}

#[test]
fn names_of_prometheus_have_the_expected_verdicts() {
    // The Go runtime and the process.
    check("summary go_gc_duration_seconds seconds");
    check("histogram go_gc_heap_allocs_by_size_bytes bytes");
    check("histogram go_gc_pauses_seconds seconds");
    check("gauge go_gc_gogc_percent -> percent");
    check("gauge go_gc_gomemlimit_bytes bytes");
    check("counter go_gc_cycles_total_gc_cycles_total");
    check("gauge go_gc_scan_total_bytes bytes");
    check("gauge go_gc_limiter_last_enabled_gc_cycle");
    check("gauge go_goroutines");
    check("gauge go_threads");
    check("gauge go_info {version} -> reserved_suffix");
    check("info go_info {version}");
    check("gauge go_memstats_alloc_bytes bytes");
    check("counter go_memstats_alloc_bytes_total bytes");
    check("gauge go_memstats_heap_objects");
    check("gauge go_memstats_last_gc_time_seconds seconds");
    check("counter go_memstats_mallocs_total");
    check("histogram go_sched_latencies_seconds seconds");
    check("histogram go_sched_pauses_total_gc_seconds seconds");
    check("counter go_sync_mutex_wait_total_seconds_total seconds");
    check("counter process_cpu_seconds_total seconds");
    check("gauge process_open_fds");
    check("gauge process_max_fds");
    check("gauge process_resident_memory_bytes bytes");
    check("gauge process_virtual_memory_max_bytes bytes");
    check("gauge process_start_time_seconds seconds");
    check("counter process_network_receive_bytes_total bytes");

    // Serving and dialing.
    check("counter promhttp_metric_handler_requests_total {code}");
    check("counter promhttp_metric_handler_errors_total {cause}");
    check("gauge promhttp_metric_handler_requests_in_flight");
    check("counter net_conntrack_dialer_conn_attempted_total {dialer_name}");
    check("counter net_conntrack_dialer_conn_failed_total {dialer_name,reason}");
    check("counter net_conntrack_listener_conn_closed_total {listener_name}");
    check("histogram prometheus_http_request_duration_seconds seconds {handler}");
    check("histogram prometheus_http_response_size_bytes bytes {handler}");
    check("counter prometheus_http_requests_total {code,handler}");
    check("counter prometheus_web_federation_errors_total");

    // Queries, rules and notifications.
    check("gauge prometheus_build_info -> reserved_suffix");
    check("gauge prometheus_ready");
    check("gauge prometheus_config_last_reload_success_timestamp_seconds seconds");
    check("gauge prometheus_config_last_reload_successful");
    check("gauge prometheus_api_remote_read_queries");
    check("gauge prometheus_engine_queries_concurrent_max");
    check("summary prometheus_engine_query_duration_seconds seconds {slice}");
    check("counter prometheus_engine_query_samples_total");
    check("summary prometheus_notifications_latency_seconds seconds {alertmanager}");
    check("gauge prometheus_notifications_queue_capacity");
    check("summary prometheus_rule_evaluation_duration_seconds seconds");
    check("gauge prometheus_rule_group_interval_seconds seconds {rule_group}");
    check("counter prometheus_rule_group_iterations_missed_total {rule_group}");
    check("gauge prometheus_rule_group_last_rule_duration_sum_seconds seconds {rule_group}");

    // Discovery and scraping.
    check("gauge prometheus_sd_discovered_targets {config,name}");
    check("counter prometheus_sd_file_read_errors_total");
    check("summary prometheus_sd_file_scan_duration_seconds seconds");
    check("gauge prometheus_sd_file_mtime_seconds seconds {filename}");
    check("summary prometheus_target_interval_length_seconds seconds {interval}");
    check("gauge prometheus_target_metadata_cache_bytes bytes {scrape_job}");
    check("counter prometheus_target_scrape_pool_sync_total {scrape_job}");
    check("gauge prometheus_target_scrape_pool_target_limit {scrape_job}");
    check("counter prometheus_target_scrapes_exceeded_sample_limit_total");
    check("counter prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total");

    // Remote storage.
    check("counter prometheus_remote_storage_bytes_total bytes {remote_name,url}");
    check("counter prometheus_remote_storage_histograms_in_total");
    check("gauge prometheus_remote_storage_highest_timestamp_in_seconds seconds");
    check("gauge prometheus_remote_storage_max_samples_per_send {remote_name,url}");
    check("gauge prometheus_remote_storage_shards_min {remote_name,url}");
    check("gauge prometheus_remote_storage_shards_max {remote_name,url}");
    check("histogram prometheus_remote_storage_sent_batch_duration_seconds seconds");

    // The database.
    check("histogram prometheus_tsdb_compaction_chunk_range_seconds seconds");
    check("histogram prometheus_tsdb_compaction_chunk_samples");
    check("histogram prometheus_tsdb_compaction_chunk_size_bytes bytes");
    check("counter prometheus_tsdb_compactions_total");
    check("gauge prometheus_tsdb_clean_start");
    check("gauge prometheus_tsdb_data_replay_duration_seconds seconds");
    check("counter prometheus_tsdb_exemplar_exemplars_appended_total");
    check("gauge prometheus_tsdb_head_series");
    check("counter prometheus_tsdb_head_series_created_total");
    check("gauge prometheus_tsdb_head_min_time");
    check("gauge prometheus_tsdb_head_max_time_seconds seconds");
    check("gauge prometheus_tsdb_lowest_timestamp");
    check("counter prometheus_tsdb_out_of_order_samples_total");
    check("gauge prometheus_tsdb_retention_limit_bytes bytes");
    check("gauge prometheus_tsdb_storage_blocks_bytes bytes");
    check("histogram prometheus_tsdb_tombstone_cleanup_seconds seconds");
    check("summary prometheus_tsdb_wal_fsync_duration_seconds seconds");
    check("summary prometheus_tsdb_wal_truncate_duration_seconds seconds");
    check("gauge prometheus_tsdb_wal_segment_current");
    check("counter prometheus_tsdb_wal_page_flushes_total");

    // As the first releases of version 2 had them.
    check("gauge prometheus_tsdb_head_series_created_total -> counter_total");
    check("counter prometheus_tsdb_head_series_not_found -> counter_total");
}

#[test]
fn well_known_names_of_others_have_the_expected_verdicts() {
    check("gauge up");
    check("histogram http_request_duration_seconds seconds {method,path}");
    check("summary http_request_duration_microseconds seconds -> base_unit unit_suffix");
    check("summary prometheus_evaluator_duration_milliseconds -> base_unit");
    check("gauge jvm_gc_pause_seconds_max seconds -> singular_unit unit_suffix");
    check("gauge hikaricp_connections_min");
    check("gauge etcd_debugging_mvcc_keys_total -> counter_total");
    check("gauge kube_pod_created -> reserved_suffix");
    check("gauge kube_pod_info -> reserved_suffix");
    check("gauge redis_connected_clients");
    check("gauge container_cpu_load_average_10s");
    check("counter container_cpu_usage_seconds_total seconds");
}

#[test]
fn names_of_kube_state_metrics_have_the_expected_verdicts() {
    check("gauge kube_configmap_metadata_resource_version {namespace,configmap}");
    check("gauge kube_cronjob_next_schedule_time {namespace,cronjob}");
    check("gauge kube_cronjob_spec_starting_deadline_seconds seconds {namespace,cronjob}");
    check("gauge kube_cronjob_status_active {namespace,cronjob}");
    check("gauge kube_daemonset_status_number_misscheduled {namespace,daemonset}");
    check("gauge kube_deployment_status_replicas_available {namespace,deployment}");
    check("gauge kube_deployment_spec_strategy_rollingupdate_max_surge {namespace,deployment}");
    check("gauge kube_endpoint_address_available {namespace,endpoint}");
    check("gauge kube_horizontalpodautoscaler_spec_min_replicas {namespace}");
    check("gauge kube_horizontalpodautoscaler_spec_max_replicas {namespace}");
    check("gauge kube_ingress_path {namespace,ingress,path}");
    check("gauge kube_job_complete {namespace,job_name,condition}");
    check("gauge kube_job_status_start_time {namespace,job_name}");
    check("gauge kube_lease_renew_time {lease}");
    check("gauge kube_limitrange {namespace,limitrange,resource,constraint}");
    check("gauge kube_namespace_status_phase {namespace,phase}");
    check("stateset kube_namespace_status_phase {namespace,phase}");
    check("gauge kube_node_spec_unschedulable {node}");
    check("gauge kube_node_status_allocatable {node,resource,unit}");
    check("gauge kube_node_status_capacity {node,resource,unit}");
    check("gauge kube_node_status_condition {node,condition,status}");
    check("gauge kube_persistentvolume_capacity_bytes bytes {persistentvolume}");
    check("gauge kube_persistentvolumeclaim_resource_requests_storage_bytes bytes {namespace}");
    check("gauge kube_pod_completion_time {namespace,pod}");
    check("gauge kube_pod_container_resource_limits {namespace,pod,container,node,resource,unit}");
    check("counter kube_pod_container_status_restarts_total {namespace,pod,container}");
    check("gauge kube_pod_container_status_waiting_reason {namespace,pod,container,reason}");
    check("gauge kube_pod_spec_volumes_persistentvolumeclaims_readonly {namespace,pod,volume}");
    check("gauge kube_pod_status_ready_time {namespace,pod}");
    check("gauge kube_poddisruptionbudget_status_desired_healthy {namespace}");
    check("gauge kube_replicaset_status_fully_labeled_replicas {namespace,replicaset}");
    check("gauge kube_resourcequota {namespace,resourcequota,resource}");
    check("gauge kube_service_spec_external_ip {namespace,service,external_ip}");
    check("gauge kube_statefulset_status_replicas_ready {namespace,statefulset}");
    check("info kube_pod_info {namespace,pod,node}");
    check("counter kube_state_metrics_list_total {resource,result}");
    check("counter kube_state_metrics_watch_total {resource,result}");
    check("gauge kube_state_metrics_shard_ordinal {shard_ordinal}");
    check("gauge kube_state_metrics_total_shards");
    check("gauge kube_state_metrics_last_config_reload_success_timestamp_seconds seconds");

    // What means something else to OpenMetrics.
    check("gauge kube_pod_created {namespace,pod} -> reserved_suffix");
    check("gauge kube_secret_created {namespace,secret} -> reserved_suffix");
    check("gauge kube_node_info {node} -> reserved_suffix");
    check("gauge kube_deployment_labels {namespace,deployment}");
}

#[test]
fn names_of_cadvisor_have_the_expected_verdicts() {
    check("counter container_blkio_device_usage_total {device,major,minor,operation}");
    check("counter container_cpu_cfs_periods_total");
    check("counter container_cpu_cfs_throttled_seconds_total seconds");
    check("gauge container_cpu_load_average_10s");
    check("counter container_cpu_schedstat_run_periods_total {cpu}");
    check("counter container_cpu_system_seconds_total seconds");
    check("counter container_cpu_usage_seconds_total seconds {cpu}");
    check("counter container_cpu_user_seconds_total seconds");
    check("gauge container_file_descriptors");
    check("counter container_fs_io_time_seconds_total seconds {device}");
    check("counter container_fs_io_time_weighted_seconds_total seconds {device}");
    check("gauge container_fs_inodes_free {device}");
    check("gauge container_fs_limit_bytes bytes {device}");
    check("counter container_fs_reads_bytes_total bytes {device}");
    check("counter container_fs_sector_writes_total {device}");
    check("gauge container_fs_usage_bytes bytes {device}");
    check("gauge container_hugetlb_max_usage_bytes bytes {pagesize}");
    check("gauge container_last_seen");
    check("gauge container_llc_occupancy_bytes bytes");
    check("counter container_memory_failcnt -> counter_total");
    check("counter container_memory_failures_total {failure_type,scope}");
    check("gauge container_memory_max_usage_bytes bytes");
    check("gauge container_memory_numa_pages {node,scope,type}");
    check("gauge container_memory_rss");
    check("gauge container_memory_rss bytes -> unit_suffix");
    check("gauge container_memory_working_set_bytes bytes");
    check("counter container_network_receive_bytes_total bytes {interface}");
    check("counter container_network_receive_packets_dropped_total {interface}");
    check("gauge container_network_tcp_usage_total {tcp_state} -> counter_total");
    check("counter container_oom_events_total");
    check("counter container_perf_events_total {cpu,event}");
    check("gauge container_processes");
    check("gauge container_sockets");
    check("gauge container_spec_cpu_period");
    check("gauge container_spec_cpu_shares");
    check("gauge container_spec_memory_reservation_limit_bytes bytes");
    check("gauge container_start_time_seconds seconds");
    check("gauge container_tasks_state {state}");
    check("gauge container_threads_max");
    check("gauge container_ulimits_soft {ulimit}");
    check("gauge machine_cpu_cores");
    check("gauge machine_cpu_physical_cores");
    check("gauge machine_memory_bytes bytes");
    check("gauge machine_node_distance {node_id,target_node_id}");
    check("gauge machine_nvm_avg_power_budget_watts");
    check("gauge machine_scrape_error");
    check("info cadvisor_version_info {kernelVersion}");
}

#[test]
fn names_of_etcd_have_the_expected_verdicts() {
    check("gauge etcd_server_has_leader");
    check("gauge etcd_server_is_leader");
    check("counter etcd_server_leader_changes_seen_total");
    check("gauge etcd_server_proposals_committed_total -> counter_total");
    check("counter etcd_server_proposals_failed_total");
    check("gauge etcd_server_proposals_pending");
    check("counter etcd_server_slow_apply_total");
    check("counter etcd_server_slow_read_indexes_total");
    check("histogram etcd_server_apply_duration_seconds seconds {version,op,success}");
    check("gauge etcd_server_quota_backend_bytes bytes");
    check("gauge etcd_server_id {server_id}");
    check("counter etcd_server_client_requests_total {type,client_api_version}");
    check("counter etcd_server_health_success -> counter_total");
    check("counter etcd_server_heartbeat_send_failures_total");
    check("gauge etcd_server_snapshot_apply_in_progress_total -> counter_total");
    check("gauge etcd_cluster_version {cluster_version}");
    check("histogram etcd_disk_backend_commit_duration_seconds seconds");
    check("histogram etcd_disk_backend_defrag_duration_seconds seconds");
    check("histogram etcd_disk_wal_fsync_duration_seconds seconds");
    check("gauge etcd_disk_wal_write_bytes_total bytes -> counter_total unit_suffix");
    check("counter etcd_disk_wal_write_bytes_total bytes");
    check("gauge etcd_disk_defrag_inflight");
    check("histogram etcd_snap_db_fsync_duration_seconds seconds");
    check("histogram etcd_snap_fsync_duration_seconds seconds");
    check("gauge etcd_network_active_peers {Local,Remote}");
    check("counter etcd_network_client_grpc_received_bytes_total bytes");
    check("counter etcd_network_peer_sent_bytes_total bytes {To}");
    check("histogram etcd_network_peer_round_trip_time_seconds seconds {To}");
    check("counter etcd_network_peer_sent_failures_total {To}");
    check("counter etcd_network_snapshot_send_success {To} -> counter_total");
    check("histogram etcd_network_snapshot_send_total_duration_seconds seconds {To}");
    check("gauge etcd_mvcc_db_total_size_in_bytes bytes");
    check("gauge etcd_mvcc_db_total_size_in_use_in_bytes bytes");
    check("gauge etcd_mvcc_db_open_read_transactions");
    check("counter etcd_mvcc_delete_total");
    check("counter etcd_mvcc_put_total");
    check("counter etcd_mvcc_range_total");
    check("counter etcd_mvcc_txn_total");
    check("histogram etcd_mvcc_hash_duration_seconds seconds");
    check("gauge etcd_debugging_mvcc_current_revision");
    check("histogram etcd_debugging_mvcc_db_compaction_pause_duration_milliseconds -> base_unit");
    check(
        "histogram etcd_debugging_mvcc_index_compaction_pause_duration_milliseconds -> base_unit",
    );
    check("counter etcd_debugging_mvcc_events_total");
    check("gauge etcd_debugging_mvcc_watcher_total -> counter_total");
    check("gauge etcd_debugging_mvcc_slow_watcher_total -> counter_total");
    check("counter etcd_debugging_store_expires_total");
    check("counter etcd_debugging_lease_granted_total");
    check("histogram etcd_debugging_lease_ttl_total -> counter_total");
    check("gauge etcd_debugging_server_lease_expired_total -> counter_total");
    check("counter etcd_grpc_proxy_cache_hits_total");
    check("gauge etcd_grpc_proxy_events_coalescing_total -> counter_total");
}

#[test]
fn names_of_slabs_and_histograms_have_the_expected_verdicts() {
    check("gauge node_slabinfo_active_objects {slab}");
    check("gauge node_slabinfo_objects_per_slab {slab}");
    check("gauge node_slabinfo_pages_per_slab {slab}");
    check("gauge node_slabinfo_object_size_bytes bytes {slab}");
    check("counter slab_objects_per_slab_total {slab} -> label_in_name");
    check("counter prometheus_native_histogram_limit_exceeded_total");
    check("histogram apiserver_request_duration_seconds seconds {verb,resource}");
    check("counter apiserver_audit_event_total");
    check("gauge workqueue_longest_running_processor_seconds seconds {name}");
    check("counter rest_client_requests_total {code,host,method}");
    check("histogram kubelet_cgroup_manager_duration_seconds seconds {operation_type}");
    check("counter opencensus_task_duration_micros_total -> base_unit");
    check("summary http_server_requests_millis -> base_unit");
    check("gauge jvm_gc_live_data_size_mbytes -> base_unit");
}

#[test]
fn upper_case_breaks_snake_case() {
    check("gauge queueLength -> snake_case");
    check("gauge Queue_length -> snake_case");
    check("gauge queue_LENGTH -> snake_case");
    check("gauge queue_lengtH -> snake_case");
    check("gauge queue_length");
    check("gauge http2_streams");
    check("gauge queue_2_length_99");
}

#[test]
fn counters_and_nothing_else_end_in_total() {
    check("counter requests_total");
    check("counter requests -> counter_total");
    check("counter requests_totals -> counter_total");
    check("counter requeststotal -> counter_total");
    check("counter total_requests -> counter_total");
    check("counter total -> counter_total");
    check("counter total_total");
    check("counter requests_TOTAL -> snake_case counter_total");
    check("gauge requests_total -> counter_total");
    check("histogram requests_total -> counter_total");
    check("summary requests_total -> counter_total");
    check("stateset requests_total -> counter_total");
    check("unknown requests_total -> counter_total");
    check("info requests_total -> counter_total reserved_suffix");
    check("gauge total");
    check("gauge total_requests");
    check("gauge requests_total_expected");
}

#[test]
fn reserved_suffixes_belong_to_their_kinds() {
    // `_bucket` is a histogram's.
    check("histogram ring_bucket");
    check("summary ring_bucket -> reserved_suffix");
    check("gauge ring_bucket -> reserved_suffix");
    check("gauge ring_buckets");
    check("gauge ring_bucket_size");
    check("gauge bucket");
    check("counter ring_bucket_total");

    // `_count` and `_sum` are a histogram's or a summary's.
    check("histogram batch_count");
    check("summary batch_count");
    check("histogram batch_sum");
    check("summary batch_sum");
    check("gauge batch_count -> reserved_suffix");
    check("gauge batch_sum -> reserved_suffix");
    check("counter batch_count -> counter_total reserved_suffix");
    check("unknown batch_sum -> reserved_suffix");
    check("stateset batch_count -> reserved_suffix");
    check("counter batch_count_total");
    check("gauge batch_counts");
    check("gauge checksum");
    check("gauge discount");
    check("gauge count");
    check("gauge count_pending");

    // The others are nobody's.
    check("gauge session_created -> reserved_suffix");
    check("histogram session_created -> reserved_suffix");
    check("summary session_created -> reserved_suffix");
    check("info session_created -> reserved_suffix");
    check("histogram session_gcount -> reserved_suffix");
    check("gauge session_gcount -> reserved_suffix");
    check("histogram session_gsum -> reserved_suffix");
    check("unknown session_gsum -> reserved_suffix");
    check("counter session_created_total");
    check("gauge created");
    check("gauge created_sessions");

    // `_info` is an info's, and an info has it.
    check("info build_info");
    check("info build -> reserved_suffix");
    check("info info -> reserved_suffix");
    check("info build_infos -> reserved_suffix");
    check("info info_build -> reserved_suffix");
    check("gauge build_info -> reserved_suffix");
    check("stateset build_info -> reserved_suffix");
    check("unknown build_info -> reserved_suffix");
    check("counter build_info -> counter_total reserved_suffix");
    check("counter build_info_total");
    check("gauge info");
    check("gauge build_information");
}

#[test]
fn kinds_do_not_stand_in_names() {
    check("counter requests_counter_total -> kind_in_name");
    check("counter counter_requests_total");
    check("counter requests_counters_total");
    check("gauge queue_gauge -> kind_in_name");
    check("gauge queue_gauge_length -> kind_in_name");
    check("gauge gauge_length");
    check("gauge queue_gauged");
    check("histogram latency_histogram_seconds seconds -> kind_in_name");
    check("histogram latency_histogram -> kind_in_name");
    check("histogram histogram_latency_seconds seconds");
    check("summary latency_summary -> kind_in_name");
    check("summary latency_summary_age_seconds seconds -> kind_in_name");
    check("gauge summary_age_seconds seconds");
    check("gauge queue_untyped");
    check("gauge unknown_peers");

    // What another kind is called says something else.
    check("counter native_histogram_limit_exceeded_total");
    check("gauge latency_summary_age_seconds seconds");
    check("gauge order_summary_length");
    check("gauge loop_counter_value");
    check("histogram fuel_gauge_error_ratio ratio");
    check("counter queue_gauge_resets_total");
    check("info queue_gauge_info");

    // These say nothing at the end only.
    check("gauge queue_metric -> kind_in_name");
    check("gauge queue_metrics -> kind_in_name");
    check("gauge queue_stats -> kind_in_name");
    check("gauge queue_metrics_collected");
    check("gauge queue_metric_age_seconds seconds");
    check("gauge queue_stats_age_seconds seconds");
    check("gauge metrics_collected");
    check("gauge queue_stat");
    check("gauge queue_mountstats");
}

#[test]
fn units_that_are_no_base_units_are_found_in_any_place() {
    // Every one that has a base unit instead.
    check("gauge uptime_minutes -> base_unit");
    check("gauge uptime_hours -> base_unit");
    check("gauge uptime_days -> base_unit");
    check("gauge uptime_weeks -> base_unit");
    check("gauge room_fahrenheit -> base_unit");
    check("gauge room_rankine -> base_unit");
    check("gauge screen_inches -> base_unit");
    check("gauge field_yards -> base_unit");
    check("gauge road_miles -> base_unit");
    check("gauge height_feet -> base_unit");
    check("gauge key_bits -> base_unit");
    check("gauge meal_calories -> base_unit");
    check("gauge load_pounds -> base_unit");
    check("gauge load_ounces -> base_unit");
    check("gauge load_tonnes -> base_unit");

    // Base units with a prefix, and what has both.
    check("histogram wait_milliseconds -> base_unit");
    check("histogram wait_milliseconds seconds -> base_unit unit_suffix");
    check("histogram wait_microseconds -> base_unit");
    check("histogram wait_nanoseconds -> base_unit");
    check("histogram wait_picoseconds -> base_unit");
    check("histogram wait_centiseconds -> base_unit");
    check("gauge disk_kilobytes -> base_unit");
    check("gauge disk_kibibytes -> base_unit");
    check("gauge disk_megabytes -> base_unit");
    check("gauge disk_mebibytes -> base_unit");
    check("gauge disk_gigabytes -> base_unit");
    check("gauge disk_gibibytes -> base_unit");
    check("gauge disk_terabytes -> base_unit");
    check("gauge disk_tebibytes -> base_unit");
    check("gauge disk_petabytes -> base_unit");
    check("gauge disk_pebibytes -> base_unit");
    check("gauge disk_exabytes -> base_unit");
    check("gauge disk_exbibytes -> base_unit");
    check("gauge link_megabits -> base_unit");
    check("gauge road_kilometers -> base_unit");
    check("gauge rod_decimeters -> base_unit");
    check("gauge rod_decameters -> base_unit");
    check("gauge tank_hectograms -> base_unit");
    check("gauge cell_millivolts volts -> base_unit unit_suffix");
    check("gauge cell_milliamperes -> base_unit");
    check("gauge meal_kilojoules -> base_unit");
    check("gauge meal_kilocalories -> base_unit");
    check("gauge sample_millikelvin -> base_unit");

    // One of them.
    check("gauge timeout_millisecond -> base_unit");
    check("gauge block_kilobyte -> base_unit");
    check("gauge errors_per_millisecond -> base_unit");
    check("gauge cell_millivolt -> base_unit");

    // As programs abbreviate them.
    check("histogram wait_millis -> base_unit");
    check("histogram wait_micros -> base_unit");
    check("histogram wait_nanos -> base_unit");
    check("histogram wait_msec -> base_unit");
    check("histogram wait_msecs -> base_unit");
    check("histogram wait_usec -> base_unit");
    check("counter spent_usecs_total -> base_unit");
    check("counter spent_usecs_total seconds -> base_unit unit_suffix");
    check("counter spent_nsecs_total -> base_unit");
    check("gauge disk_kbytes -> base_unit");
    check("gauge disk_mbytes -> base_unit");
    check("gauge disk_gbytes bytes -> base_unit unit_suffix");
    check("gauge millis_left -> base_unit");

    // Any place counts.
    check("gauge minutes_left -> base_unit");
    check("gauge uptime_hours_left -> base_unit");
    check("counter milliseconds_total -> base_unit");
    check("counter wait_milliseconds_total seconds -> base_unit unit_suffix");
    check("histogram wait_milliseconds_seconds seconds -> base_unit");
    check("gauge kilobytes -> base_unit");

    // What only looks like one.
    check("gauge uptime_minute");
    check("gauge day_of_week");
    check("gauge defeats");
    check("gauge orbits");
    check("gauge kilo");
    check("gauge milli_units");
    check("gauge microphones");
    check("gauge millions");
    check("gauge centipedes");
    check("gauge program_parameters");
    check("gauge megapixels");
    check("gauge clock_megahertz");
}

#[test]
fn abbreviations_of_units_stand_behind_the_first_word() {
    check("histogram wait_s -> abbreviation");
    check("histogram wait_ms -> abbreviation");
    check("histogram wait_us -> abbreviation");
    check("histogram wait_ns -> abbreviation");
    check("histogram wait_sec -> abbreviation");
    check("histogram wait_secs -> abbreviation");
    check("histogram wait_mins -> abbreviation");
    check("histogram wait_hrs -> abbreviation");
    check("gauge disk_kb -> abbreviation");
    check("gauge disk_mb -> abbreviation");
    check("gauge disk_gb -> abbreviation");
    check("gauge disk_tb -> abbreviation");
    check("gauge disk_pb -> abbreviation");
    check("gauge disk_kib -> abbreviation");
    check("gauge disk_mib -> abbreviation");
    check("gauge disk_gib -> abbreviation");
    check("histogram wait_ms seconds -> abbreviation unit_suffix");

    // In the middle too, but not first.
    check("gauge wait_ms_limit -> abbreviation");
    check("counter wait_ms_total -> abbreviation");
    check("gauge disk_mb_free -> abbreviation");
    check("gauge read_mb_per_s -> abbreviation");
    check("counter ms_exchange_mails_total");
    check("gauge us_visitors");
    check("gauge wait_ms_max -> abbreviation");
    check("gauge wait_us_p99 -> abbreviation");
    check("gauge wait_ms_sum -> abbreviation reserved_suffix");
    check("gauge wait_secs_in_queue -> abbreviation");
    check("gauge disk_gib_in_use -> abbreviation");

    // Short ones are names where no unit stands.
    check("counter k8s_ns_events_total");
    check("gauge k8s_ns_pods");
    check("counter shop_us_east_requests_total");
    check("histogram aws_us_west_wait_seconds seconds");
    check("counter chat_ms_teams_messages_total");
    check("counter sales_gb_orders_total");
    check("counter rpc_pb_decoded_total");
    check("counter help_kb_articles_total");
    check("counter net_sec_alerts_total");
    check("gauge aws_s_3_buckets");
    check("counter k8s_ns_created_total");
    check("counter k8s_ns_total -> abbreviation");
    check("gauge k8s_ns -> abbreviation");

    // Single letters are units only there.
    check("gauge disk_b -> abbreviation");
    check("gauge retention_d -> abbreviation");
    check("gauge retention_h -> abbreviation");
    check("gauge road_m -> abbreviation");
    check("counter road_m_total -> abbreviation");
    check("counter sent_b_total -> abbreviation");
    check("gauge sent_b_total -> counter_total abbreviation");
    check("counter plan_b_requests_total");
    check("gauge vitamin_d_level");
    check("gauge h_index");
    check("gauge vitamin_c");

    // A minimum is no minute, and digits make another word.
    check("gauge queue_min");
    check("gauge queue_min_length");
    check("gauge min_queue_length");
    check("histogram wait_min_seconds seconds");
    check("gauge load_10s");
    check("gauge wait_99ms");
    check("gauge rooms");
    check("gauge link_mbit");
}

#[test]
fn percentages_are_ratios() {
    check("gauge cpu_percent -> percent");
    check("gauge cpu_percentage -> percent");
    check("gauge cpu_pct -> percent");
    check("gauge cpu_percent_used -> percent");
    check("gauge percent_used -> percent");
    check("gauge pct -> percent");
    check("gauge cpu_percent ratio -> percent unit_suffix");
    check("gauge cpu_percent_ratio ratio -> percent");
    check("counter cpu_percent_total -> percent");
    check("gauge cpu_ratio ratio");
    check("gauge wait_percentile");
    check("gauge cpu_percents");
}

#[test]
fn units_stand_in_the_plural_and_last() {
    check("gauge wait_second -> singular_unit");
    check("gauge wait_second seconds -> singular_unit unit_suffix");
    check("gauge disk_byte -> singular_unit");
    check("gauge disk_byte bytes -> singular_unit unit_suffix");
    check("gauge requests_per_second -> singular_unit");
    check("gauge bytes_per_second -> singular_unit");
    check("gauge second");
    check("gauge byte");
    check("gauge second_attempts");
    check("gauge queue_second_attempts");
    check("gauge queue_byte_limit");
    check("gauge requests_per_minute");
    check("gauge nanosecond -> base_unit");

    // The unit of a counter is at the end before `_total`.
    check("counter wait_second_total seconds -> singular_unit unit_suffix");
    check("counter requests_per_second_total -> singular_unit");

    // What is behind the unit belongs before it.
    check("gauge wait_seconds_max seconds -> singular_unit unit_suffix");
    check("gauge wait_seconds_min seconds -> singular_unit unit_suffix");
    check("gauge wait_seconds_max -> singular_unit");
    check("gauge heap_bytes_max bytes -> singular_unit unit_suffix");
    check("gauge max_wait_seconds seconds");
    check("gauge wait_max_seconds seconds");
    check("gauge queue_max");
    check("gauge wait_seconds_limit seconds -> unit_suffix");
}

#[test]
fn the_unit_of_the_type_is_the_last_word() {
    // Every base unit, and its type.
    check("histogram wait_seconds seconds");
    check("gauge heap_bytes bytes");
    check("gauge hit_ratio ratio");
    check("gauge room_celsius celsius");
    check("gauge room_kelvin kelvin");
    check("gauge road_meters meters");
    check("gauge cell_volts volts");
    check("gauge cell_amperes amperes");
    check("counter motor_joules_total joules");
    check("gauge load_grams grams");

    // The type has it, the name does not.
    check("histogram wait seconds -> unit_suffix");
    check("histogram wait_duration seconds -> unit_suffix");
    check("gauge seconds_waited seconds -> unit_suffix");
    check("gauge waitseconds seconds -> unit_suffix");
    check("gauge hit_ratios ratio -> unit_suffix");
    check("counter sent_total bytes -> unit_suffix");
    check("counter bytes_sent_total bytes -> unit_suffix");
    check("counter sent_bytes bytes -> counter_total");
    check("gauge sent_bytes_total bytes -> counter_total unit_suffix");

    // The name has it, the type does not.
    check("histogram wait_seconds -> unit_suffix");
    check("gauge heap_bytes -> unit_suffix");
    check("gauge hit_ratio -> unit_suffix");
    check("gauge room_celsius -> unit_suffix");
    check("counter sent_bytes_total -> unit_suffix");
    check("unknown room_kelvin -> unit_suffix");
    check("gauge seconds -> unit_suffix");
    check("gauge bytes_in_use");
    check("gauge ratio_known");
    check("info disk_bytes_info");

    // They differ.
    check("gauge heap_bytes seconds -> unit_suffix");
    check("gauge room_celsius kelvin -> unit_suffix");
    check("counter sent_bytes_total seconds -> unit_suffix");

    // A unit alone.
    check("gauge seconds seconds");
    check("counter bytes_total bytes");
}

#[test]
fn units_of_the_users_own_take_part() {
    check("gauge free_pages pages");
    check("gauge pages pages");
    check("counter scanned_pages_total pages");
    check("histogram document_pages pages");
    check("gauge free_page pages -> unit_suffix");
    check("gauge pages_free pages -> unit_suffix");
    check("counter scanned_total pages -> unit_suffix");
    check("counter pages_scanned_total pages -> unit_suffix");
    check("gauge free_bytes pages -> unit_suffix");
    check("gauge webpages pages -> unit_suffix");
    check("counter free_pages pages -> counter_total");
    check("gauge cpu_frequency_hertz hertz");
    check("counter evicted_cache_lines_total cache_lines");
    // No type with that unit, so that the word is one like any other.
    check("gauge free_pages");
    check("gauge free_pages_max");
}

#[test]
fn an_extreme_behind_the_users_own_unit_belongs_before_it() {
    check("gauge cpu_frequency_hertz_max hertz -> singular_unit unit_suffix");
    check("gauge free_pages_min pages -> singular_unit unit_suffix");
}

#[test]
fn the_users_own_unit_with_a_prefix_is_no_base_unit() {
    check("gauge cpu_frequency_megahertz hertz -> base_unit unit_suffix");
    check("gauge free_kilopages pages -> base_unit unit_suffix");
}

#[test]
fn the_users_own_unit_cannot_end_in_another_one() {
    assert!(std::panic::catch_unwind(|| check_unit("light_seconds")).is_err());
    assert!(std::panic::catch_unwind(|| check_unit("milliseconds")).is_err());
    check_unit("cache_lines");
}

#[test]
fn an_only_word_is_also_the_last_word() {
    check("gauge metrics -> kind_in_name");
    check("gauge stats -> kind_in_name");
    check("gauge h -> abbreviation");
    check("counter d_total -> abbreviation");
}

#[test]
fn names_do_not_name_their_own_labels() {
    check("counter requests_by_path_total {path} -> label_in_name");
    check("counter requests_per_path_total {path} -> label_in_name");
    check("gauge queue_length_by_shard {host,shard} -> label_in_name");
    check("gauge queue_by_shard_length {shard} -> label_in_name");
    check("counter errors_by_status_code_total {status_code} -> label_in_name");
    check("counter requests_by_path_and_by_method_total {method} -> label_in_name");

    // What is a ratio says so, unless it only goes up.
    check("gauge objects_per_slab {slab}");
    check("gauge queue_length_per_shard {shard}");
    check("histogram wait_per_pool_seconds seconds {pool}");
    check("histogram wait_by_pool_seconds seconds {pool} -> label_in_name");

    // Another label, or none.
    check("counter requests_by_path_total");
    check("counter requests_by_path_total {method}");
    check("counter requests_by_paths_total {path}");
    check("counter requests_by_path_total {pat}");
    check("counter errors_by_status_code_total {code}");
    check("counter errors_by_status_total {status_code}");

    // A shared word.
    check("counter cpu_seconds_total seconds {cpu}");
    check("counter path_requests_total {path}");
    check("counter requests_path_total {path}");
    check("counter requests_standby_path_total {path}");
    check("counter by_path_requests_total {path}");
    check("gauge samples_per_send {send_queue}");
}

#[test]
fn a_long_label_in_a_name_is_found_too() {
    let label = "a".repeat(200);
    check(&format!("counter requests_by_{label}_total {{{label}}} -> label_in_name"));
    check(&format!("counter requests_by_{label}_total {{{label}b}}"));
}

#[test]
fn digits_and_doubled_underscores_break_nothing() {
    check("gauge a");
    check("gauge a1");
    check("gauge temperature_1_2_3");
    check("counter errors_5xx_total");
    check("gauge queue__length");
    check("gauge queue_length_");
    check("counter queue__total");
}

#[test]
fn several_rules_break_at_once() {
    check(
        "counter fetchTime_by_path_ms seconds {path} \
         -> snake_case counter_total abbreviation unit_suffix label_in_name",
    );
    check("gauge cpu_gauge_pct_total -> counter_total kind_in_name percent");
    check("gauge app_timer_minutes_sum seconds -> reserved_suffix base_unit unit_suffix");
    check("info wait_kb_stats -> reserved_suffix kind_in_name abbreviation");
}

#[test]
fn a_waiver_leaves_the_other_rules() {
    let legacy = Subject { name: "legacy_requests_ms", kind: Kind::Counter, unit: "", labels: &[] };
    let broken = broken_rules(&legacy);
    assert_eq!(broken, Rules::of(&[Rule::CounterTotal, Rule::Abbreviation]));
    let waived = Rules::of(&[Rule::CounterTotal]);
    assert_eq!(broken.without(waived), Rules::of(&[Rule::Abbreviation]));
    assert_eq!(broken.and(waived), waived);
    // What is waived in vain is what is left of the waivers.
    let idle = Rules::of(&[Rule::CounterTotal, Rule::Percent]).without(broken);
    assert_eq!(idle, Rules::NONE.with(Rule::Percent));
}

#[track_caller]
fn check_name(name: &str, expected: Option<NameError>) {
    assert_eq!(name_error(name), expected, "{name:?}");
}

#[test]
fn names_have_the_characters_that_every_format_takes() {
    check_name("a", None);
    check_name("A", None);
    check_name("a_", None);
    check_name("a__b", None);
    check_name("a1", None);
    check_name("http2_streams", None);
    check_name("HTTP_requests", None);
    check_name(&"a".repeat(255), None);

    check_name("", Some(NameError::Empty));

    check_name(&"a".repeat(256), Some(NameError::TooLong));
    check_name(&"ä".repeat(1000), Some(NameError::TooLong));

    check_name("_", Some(NameError::LeadingUnderscore));
    check_name("_requests", Some(NameError::LeadingUnderscore));
    check_name("__name__", Some(NameError::LeadingUnderscore));
    check_name("_total", Some(NameError::LeadingUnderscore));
    check_name("_1", Some(NameError::LeadingUnderscore));

    check_name(":", Some(NameError::Colon));
    check_name(":requests", Some(NameError::Colon));
    check_name("requests:", Some(NameError::Colon));
    check_name("job:requests:rate5m", Some(NameError::Colon));

    check_name("1", Some(NameError::Charset));
    check_name("2xx_total", Some(NameError::Charset));
    check_name("5", Some(NameError::Charset));
    check_name("requests-total", Some(NameError::Charset));
    check_name("requests.total", Some(NameError::Charset));
    check_name("requests total", Some(NameError::Charset));
    check_name(" requests", Some(NameError::Charset));
    check_name("requests\n", Some(NameError::Charset));
    check_name("requests\0", Some(NameError::Charset));
    check_name("r#type", Some(NameError::Charset));
    check_name("requests{path}", Some(NameError::Charset));
    check_name("größe_bytes", Some(NameError::Charset));
    check_name("über", Some(NameError::Charset));
    check_name("запросы", Some(NameError::Charset));
    check_name("requests_٣", Some(NameError::Charset));
    check_name("ｒequests", Some(NameError::Charset));
    check_name("🦀", Some(NameError::Charset));
}

const KINDS: [Kind; 7] = [
    Kind::Counter,
    Kind::Gauge,
    Kind::Histogram,
    Kind::Summary,
    Kind::Info,
    Kind::StateSet,
    Kind::Unknown,
];

/// Checks a label that is judged alike on every metric.
#[track_caller]
fn check_label(label: &str, expected: Option<LabelError>) {
    assert_eq!(label_error(label, None), expected, "{label:?}");
    for kind in KINDS {
        assert_eq!(label_error(label, Some(kind)), expected, "{label:?} on {kind:?}");
    }
}

/// Checks a label that metrics of one kind may not have.
#[track_caller]
fn check_label_of(label: &str, refused: Kind, expected: LabelError) {
    assert_eq!(label_error(label, None), None, "{label:?}");
    for kind in KINDS {
        let expected = (kind == refused).then_some(expected);
        assert_eq!(label_error(label, Some(kind)), expected, "{label:?} on {kind:?}");
    }
}

#[test]
fn labels_have_the_characters_that_every_format_takes() {
    check_label("path", None);
    check_label("p", None);
    check_label("status_code", None);
    check_label("shard2", None);
    check_label("Path", None);
    check_label("path_", None);
    check_label("job", None);
    check_label("type", None);
    check_label("name", None);
    check_label("le_", None);
    check_label("LE", None);
    check_label("quantiles", None);

    check_label("", Some(LabelError::Empty));

    check_label("_", Some(LabelError::LeadingUnderscore));
    check_label("_path", Some(LabelError::LeadingUnderscore));
    check_label("__name__", Some(LabelError::LeadingUnderscore));
    check_label("__address__", Some(LabelError::LeadingUnderscore));
    check_label("__other__", Some(LabelError::LeadingUnderscore));

    check_label("1st", Some(LabelError::Charset));
    check_label("status-code", Some(LabelError::Charset));
    check_label("status.code", Some(LabelError::Charset));
    check_label("status code", Some(LabelError::Charset));
    check_label("status:code", Some(LabelError::Charset));
    check_label("r#type", Some(LabelError::Charset));
    check_label("größe", Some(LabelError::Charset));
    check_label("path\0", Some(LabelError::Charset));
}

#[test]
fn le_and_quantile_are_forbidden_where_they_mean_something() {
    check_label_of("le", Kind::Histogram, LabelError::Le);
    check_label_of("quantile", Kind::Summary, LabelError::Quantile);
}

#[track_caller]
fn check_label_rules(label: &str, expected: &str) {
    assert_eq!(label_rules(label), rules_named(expected), "{label:?}");
}

#[test]
fn labels_of_the_target_are_found() {
    check_label_rules("job", "target_label");
    check_label_rules("instance", "target_label");
    check_label_rules("region", "target_label");
    check_label_rules("zone", "target_label");
    check_label_rules("cluster", "target_label");
    check_label_rules("availability_zone", "target_label");
    check_label_rules("az", "target_label");
    check_label_rules("datacenter", "target_label");
    check_label_rules("dc", "target_label");
    check_label_rules("service", "target_label");
    check_label_rules("env", "target_label");
    check_label_rules("environment", "target_label");
    check_label_rules("type", "target_label");

    check_label_rules("jobs", "");
    check_label_rules("job_name", "");
    check_label_rules("destination_region", "");
    check_label_rules("service_name", "");
    check_label_rules("upstream", "");
    check_label_rules("kind", "");
    check_label_rules("event_type", "");
    check_label_rules("host", "");
    check_label_rules("namespace", "");
    check_label_rules("le", "");
}

#[test]
fn labels_have_no_upper_case_letter() {
    check_label_rules("Path", "snake_case");
    check_label_rules("statusCode", "snake_case");
    check_label_rules("PATH", "snake_case");
    check_label_rules("shard_A", "snake_case");
    check_label_rules("status_code", "");
    check_label_rules("shard2", "");
}

#[track_caller]
fn check_clash(a: &str, b: &str, expected: bool) {
    let family = |line: &str| -> (String, Kind) {
        let Some((kind, name)) = line.split_once(' ') else {
            panic!("`{line}` is no kind and name")
        };
        (name.to_owned(), kind_named(kind))
    };
    let ((a_name, a_kind), (b_name, b_kind)) = (family(a), family(b));
    assert_eq!(clash(&a_name, a_kind, &b_name, b_kind), expected, "`{a}` and `{b}`");
    assert_eq!(clash(&b_name, b_kind, &a_name, a_kind), expected, "`{b}` and `{a}`");
}

#[test]
fn families_clash_where_they_share_a_name() {
    // One name.
    check_clash("gauge queue", "gauge queue", true);
    check_clash("gauge queue", "histogram queue", true);
    check_clash("counter queue_total", "counter queue_total", true);

    // A counter is without `_total` in OpenMetrics.
    check_clash("counter queue_total", "gauge queue", true);
    check_clash("counter queue_total", "histogram queue", true);
    check_clash("counter queue_total", "summary queue", true);
    check_clash("counter queue_total", "unknown queue", true);
    check_clash("counter queue_total", "stateset queue", true);
    check_clash("counter queue_total", "counter queue", true);
    check_clash("counter queue_total", "gauge queue_created", true);
    check_clash("counter queue_total", "gauge queue_total", true);
    check_clash("counter queue_total", "info queue_info", true);
    check_clash("counter queue_total", "counter queue_total_total", true);
    check_clash("counter go_memstats_alloc_bytes_total", "gauge go_memstats_alloc_bytes", true);

    // The series of histograms and summaries.
    check_clash("histogram wait", "gauge wait_count", true);
    check_clash("histogram wait", "gauge wait_sum", true);
    check_clash("histogram wait", "gauge wait_bucket", true);
    check_clash("histogram wait", "gauge wait_created", true);
    check_clash("summary wait", "gauge wait_count", true);
    check_clash("summary wait", "unknown wait_sum", true);
    check_clash("summary wait", "gauge wait_created", true);
    check_clash("histogram wait", "histogram wait_count", true);
    check_clash("histogram wait", "counter wait_count_total", true);
    check_clash("summary wait", "counter wait_sum_total", true);
    check_clash("histogram wait", "info wait_bucket_info", true);
    check_clash("counter wait_total", "counter wait_created_total", true);

    // An info is without `_info` in OpenMetrics.
    check_clash("info build_info", "gauge build", true);
    check_clash("info build_info", "counter build_total", true);
    check_clash("info build_info", "histogram build", true);
    check_clash("info build_info", "gauge build_info", true);
}

#[test]
fn families_with_names_of_their_own_do_not_clash() {
    check_clash("gauge queue", "gauge queues", false);
    check_clash("gauge queue", "gauge queue_created", false);
    check_clash("gauge queue", "gauge queue_total", false);
    check_clash("gauge wait", "gauge wait_count", false);
    check_clash("unknown wait", "gauge wait_sum", false);
    check_clash("counter queue_total", "gauge queue_count", false);
    check_clash("counter queue_total", "gauge queue_sum", false);
    check_clash("counter queue_total", "gauge queue_info", false);
    check_clash("counter queue_total", "counter queue_items_total", false);
    check_clash("counter queue_total", "histogram queue_total_seconds", false);
    check_clash("histogram wait", "gauge wait_total", false);
    check_clash("histogram wait", "gauge wait_info", false);
    check_clash("histogram wait", "gauge wait_gcount", false);
    check_clash("histogram wait", "gauge wait_max", false);
    check_clash("histogram wait", "summary wait_size", false);
    check_clash("histogram wait_seconds", "counter wait_bytes_total", false);
    check_clash("info build_info", "gauge build_created", false);
    check_clash("info build_info", "gauge build_total", false);
    check_clash("info build_info", "info builds_info", false);
    check_clash("stateset state", "gauge state_count", false);
    check_clash("gauge build_info", "gauge build", false);
    check_clash("histogram a", "gauge a_b_count", false);
    check_clash("gauge tsdb_head_series", "counter tsdb_head_series_created_total", false);

    // Waived from `_total`, a counter is `unknown` in OpenMetrics, which adds nothing to its name.
    check_clash("counter queue", "gauge queue_total", false);
    check_clash("counter queue", "gauge queue_created", false);
}

#[test]
fn every_rule_is_found_by_its_name() {
    for &rule in Rule::ALL {
        assert_eq!(Rule::from_name(rule.as_str()), Some(rule));
        assert!(rule.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
        assert!(Rules::of(&[rule]).iter().eq([rule]));
    }
    let all = Rules::of(Rule::ALL);
    assert!(all.iter().eq(Rule::ALL.iter().copied()));
    assert_eq!(Rule::ALL.iter().copied().collect::<Rules>(), all);
    let names = Rules::of(&[Rule::SnakeCase, Rule::Percent]);
    assert_eq!((all & names) - Rules::of(&[Rule::Percent]), Rules::of(&[Rule::SnakeCase]));
    assert_eq!(names | (all - names), all);
}

#[test]
fn what_cannot_be_waived_has_no_rule() {
    for name in ["", "help", "charset", "leading_underscore", "SnakeCase", "snake", "snake_case "] {
        assert_eq!(Rule::from_name(name), None, "{name:?}");
    }
}
