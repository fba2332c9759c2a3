//! E-mail: handed in once, safe against what names hold, tried again, given up and shown.

use entity::member::{self, MemberStatus};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use sellerbook::notifications::{self, NotificationState as State};
use uuid::Uuid;

use super::{
    SHORT_MS, SmtpServer, completed, equip, mail_by, member, missed, next_try, only, post, smtp::Mood, told, try_again,
};
use crate::on_both;

on_both! {
    async fn an_email_is_handed_in_once_to_the_member(app: TestApp) {
        let mut app = app;
        let server = SmtpServer::open().await;
        equip(&mut app, |config| config.public_url = Some("https://sellerbook.example.com/".to_owned()));
        mail_by(&mut app, &server);
        notifications::check_email(&app.app).unwrap();
        let schedule = Uuid::now_v7();
        post(&app, member(app.seeded.admin.id), missed(schedule)).await;
        assert_eq!(app.run_jobs().await, 1);
        assert_eq!(app.run_jobs().await, 0);
        let row = only(&app).await;
        assert_eq!((row.state, row.attempts, row.last_error), (State::Delivered, 1, None));
        assert_eq!(row.destination, "admin@acme.example");

        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("sellerbook@example.com", &["admin@acme.example".to_owned()][..]));
        assert_eq!(mail.header("From"), "Sellerbook <sellerbook@example.com>");
        assert_eq!(mail.header("To"), "admin@acme.example");
        assert_eq!(mail.header("Subject"), "Schedule missed: Mondays");
        assert_eq!(mail.header("Message-ID"), format!("<{}@example.com>", row.id.simple()));
        assert_eq!(mail.header("Date"), "Fri, 20 Nov 2026 08:00:00 +0000");
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        assert_eq!(mail.header("Content-Type"), "text/plain; charset=utf-8");
        let text = format!(
            "Planned times of the schedule \"Mondays\" passed without a start.\n\nReason: nobody was there\n\
            Planned for: 2026-11-20 06:00 UTC\n\nhttps://sellerbook.example.com/graphql?node=schedule_{}\n",
            schedule.simple()
        );
        assert_eq!(mail.plain_text().trim_end(), text.trim_end());
    }
}

on_both! {
    async fn no_name_writes_a_header_or_ends_the_letter(app: TestApp) {
        let mut app = app;
        let server = SmtpServer::open().await;
        mail_by(&mut app, &server);
        let names = [
            "a\r\nBcc: all@example.com\r\n\r\nBuy this",
            "a\n.\r\nMAIL FROM:<evil@example.com>\r\n",
            "a\u{2028}\u{202e}Bcc: all@example.com",
            "Montags für Möbel\r\n.\r\n",
            &"=?utf-8?q?a=0d=0aBcc:_all@example.com?= ".repeat(9),
        ];
        for name in names {
            post(&app, member(app.seeded.admin.id), completed(name)).await;
        }
        assert_eq!(app.run_jobs().await, names.len());
        let mails = server.mails();
        assert_eq!(mails.len(), names.len());
        for mail in mails {
            assert_eq!(mail.to, ["admin@acme.example"]);
            assert!(mail.headers("Bcc").is_empty(), "{}", mail.content);
            mail.header("Subject");
            assert_eq!(mail.headers("To").len(), 1);
            assert!(!mail.content.contains("\n.\n") && !mail.content.contains("\nMAIL"), "{}", mail.content);
        }
    }
}

on_both! {
    async fn what_passes_is_tried_again_and_what_lasts_is_given_up(app: TestApp) {
        let mut app = app;
        let server = SmtpServer::open().await;
        mail_by(&mut app, &server);
        equip(&mut app, |config| config.notification_timeout_ms = SHORT_MS);
        let failures = [
            (Mood::Refuses("451 later, \u{1b}[31mperhaps"), "SMTP_451"),
            (Mood::Stalls, "TIMEOUT"),
            (Mood::StallsAtTheEnd, "TIMEOUT"),
            (Mood::Closes, "NOT_REACHED"),
            (Mood::Refuses("530 sign in first"), "SMTP_530"),
        ];
        server.moods(failures.map(|(mood, _)| mood));
        post(&app, member(app.seeded.admin.id), completed("a run")).await;
        assert_eq!(app.run_jobs().await, 1);
        for (mood, code) in failures {
            let row = only(&app).await;
            assert_eq!((row.state, row.last_error.as_deref()), (State::Pending, Some(code)), "{mood:?}");
            assert_eq!(try_again(&app).await, 1);
        }
        assert_eq!(only(&app).await.state, State::Delivered);
        // Who took it and did not say so has it twice, and can tell.
        let ids: Vec<String> = server.mails().iter().map(|mail| mail.header("Message-ID")).collect();
        assert_eq!(ids.len(), 2);
        assert_eq!(ids[0], ids[1]);

        server.moods([Mood::Refuses("550 no such person")]);
        post(&app, member(app.seeded.admin.id), completed("a run")).await;
        assert_eq!(app.run_jobs().await, 1);
        let row = told(&app).await.pop().unwrap();
        assert_eq!((row.state, row.attempts, row.last_error.as_deref()), (State::GaveUp, 1, Some("SMTP_550")));
        assert_eq!(next_try(&app).await, None);
    }
}

on_both! {
    async fn who_is_gone_suspended_or_of_others_is_not_told(app: TestApp) {
        let mut app = app;
        let server = SmtpServer::open().await;
        mail_by(&mut app, &server);
        for id in [app.seeded.suspended.id, app.seeded.other_admin.id, Uuid::now_v7()] {
            post(&app, member(id), completed("a run")).await;
        }
        assert!(told(&app).await.is_empty());

        post(&app, member(app.seeded.va.id), completed("a run")).await;
        let suspend = member::Entity::update_many()
            .col_expr(member::Column::Status, Expr::value(sea_orm::ActiveEnum::to_value(&MemberStatus::Suspended)))
            .filter(member::Column::Id.eq(app.seeded.va.id));
        let suspended = app.app.db.write(|tx| {
            Box::pin(async move {
                suspend.exec(tx).await.unwrap();
                Ok(())
            })
        });
        suspended.await.unwrap();
        assert_eq!(app.run_jobs().await, 1);
        let row = only(&app).await;
        assert_eq!((row.state, row.last_error.as_deref()), (State::GaveUp, Some("MEMBER_GONE")));
        assert!(server.mails().is_empty());
    }
}

on_both! {
    async fn where_nothing_hands_email_in_nobody_can_ask_for_it(app: TestApp) {
        assert_eq!(notifications::check_email(&app.app).unwrap_err().code(), "EMAIL_NOT_CONFIGURED");
        post(&app, member(app.seeded.admin.id), completed("a run")).await;
        assert_eq!(app.run_jobs().await, 1);
        let row = only(&app).await;
        assert_eq!((row.state, row.last_error.as_deref()), (State::Pending, Some("EMAIL_NOT_CONFIGURED")));
    }
}

on_both! {
    async fn what_an_email_links_to_can_be_asked_for(app: TestApp) {
        let page = include_str!("../../../assets/graphiql/boot.js");
        let selections: Vec<&str> = page.split('`').filter(|text| text.starts_with("... on ")).collect();
        assert_eq!(selections.len(), 3);
        for (kind, selection) in ["run", "export", "schedule"].into_iter().zip(selections) {
            let query = format!("query {{ node(id: \"{kind}_{}\") {{ {selection} }} }}", Uuid::now_v7().simple());
            let answer = app.query(&app.seeded.admin.token, &query, serde_json::json!({})).await;
            let code = answer.body["errors"][0]["extensions"]["code"].as_str();
            assert!(answer.body["data"]["node"].is_null() && code.is_none_or(|code| code == "NOT_FOUND"), "{:#}", answer.body);
            assert!(answer.body.get("data").is_some(), "{:#}", answer.body);
        }
    }
}
