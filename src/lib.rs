//! sellerbook
pub mod app;
pub mod auth;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod id;
pub mod page;
pub mod graphql;
