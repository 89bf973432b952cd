mod commas {
    measurand::unit!(Pages, "pages", whole);
}
mod colon {
    measurand::unit!(pub Pages: "pages", whole);
}
mod no_name {
    measurand::unit!("pages", whole);
}
mod no_comma {
    measurand::unit!(Pages = "pages" whole);
}
mod nothing {
    measurand::unit!();
}

fn main() {}
