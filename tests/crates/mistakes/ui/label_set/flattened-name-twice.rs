use measurand::LabelSet;

#[derive(LabelSet)]
struct Client<'a> {
    tenant: &'a str,
    cached: bool,
}

#[derive(LabelSet)]
struct Call<'a> {
    #[label(flatten)]
    client: Client<'a>,
    tenant: &'a str,
}

fn main() {}
