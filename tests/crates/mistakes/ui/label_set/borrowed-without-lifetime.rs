use measurand::LabelSet;

#[derive(LabelSet)]
struct TenantLabels {
    tenant: &str,
}

fn main() {}
