use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(rename = "tenantName")]
    tenant: &'a str,
}

fn main() {}
