use measurand::{Gauge, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /** One line. */
    block: Gauge,
    /**
     * Two
     * lines.
     *
     * Not this.
     */
    stars: Gauge,
    /// Two
    /// joined.
    ///
    /// Not this.
    lines: Gauge,
    #[doc = "An attribute."]
    attribute: Gauge,
}

fn main() {
    let _ = ShopMetrics::global();
    let mut text = String::new();
    measurand::encode_text(&mut text);
    assert!(text.contains("# HELP shop_block One line.\n"), "{text}");
    assert!(text.contains("# HELP shop_stars Two lines.\n"), "{text}");
    assert!(text.contains("# HELP shop_lines Two joined.\n"), "{text}");
    assert!(text.contains("# HELP shop_attribute An attribute.\n"), "{text}");
}
