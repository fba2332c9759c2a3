//! sellerbook
pub mod accounts;
pub mod app;
pub mod auth;
pub mod clock;
pub mod condition;
pub mod config;
pub mod db;
pub mod error;
pub mod exports;
pub mod graphql;
pub mod http;
pub mod id;
pub mod page;
pub mod records;
pub mod sellers;
pub mod serve;
pub mod text;
