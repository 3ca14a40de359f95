//! The core in the page.
