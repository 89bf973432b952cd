use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(colour = "red")]
    tenant: &'a str,
    #[label(skip, rename = "user")]
    customer: &'a str,
}

fn main() {}
