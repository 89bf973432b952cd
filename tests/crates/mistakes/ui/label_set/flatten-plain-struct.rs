use measurand::LabelSet;

struct Client<'a> {
    tenant: &'a str,
}

#[derive(LabelSet)]
struct Call<'a> {
    cached: bool,
    #[label(flatten)]
    client: Client<'a>,
}

fn main() {}
