use measurand::LabelSet;

#[derive(LabelSet)]
struct Call<'a> {
    #[label(rename = "")]
    tenant: &'a str,
}

fn main() {}
