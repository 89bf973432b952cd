use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(renam = "customer")]
    tenant: &'a str,
}

fn main() {}
