use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    tenant: &'a str,
    #[label(rename = "tenant")]
    customer: &'a str,
}

fn main() {}
