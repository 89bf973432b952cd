use measurand::LabelSet;

#[derive(LabelSet)]
struct Request<'a> {
    #[label(rename = "tenant.id")]
    tenant: &'a str,
}

fn main() {}
