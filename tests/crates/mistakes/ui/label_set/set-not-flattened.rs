use measurand::LabelSet;

#[derive(LabelSet)]
struct Client<'a> {
    tenant: &'a str,
}

#[derive(LabelSet)]
struct Call<'a> {
    cached: bool,
    client: Client<'a>,
}

fn main() {}
