use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(rename = "tenant.name")]
    tenant: &'a str,
}

fn main() {}
