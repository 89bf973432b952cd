use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(name = "customer")]
    tenant: &'a str,
}

fn main() {}
