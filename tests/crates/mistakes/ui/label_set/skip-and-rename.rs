use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    cached: bool,
    #[label(skip, rename = "customer")]
    tenant: &'a str,
}

fn main() {}
