// Inside a token: a real model, a real engine, and what the dock says of it.

#include <QComboBox>
#include <QDir>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <cmath>

#include "tests/ui/real_chat.h"
#include "ui/inspection/token_panel.h"

using namespace gatescope;
using test::RealChat;

namespace {

bool looked(TokenPanel& panel, int token) {
    return QTest::qWaitFor([&] { return panel.found() != nullptr && panel.shownToken() == token; },
                           20000);
}

}  // namespace

class TokenPanelTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void nothingIsComputedUnasked();
    void theWordTakenIsThere();
    void contributionsAddUp();
    void aHeadIsAskedForOnlyWhenLookedAt();
    void rowsPickCellsAndTokens();
    void anotherBranchForgets();
    void followsThePickedToken();
    void picturesForPeople();
};

void TokenPanelTest::nothingIsComputedUnasked() {
    RealChat chat;
    TokenPanel panel(chat.context);
    panel.show();
    const auto& button = *panel.findChild<QPushButton*>(QStringLiteral("lookInside"));
    QVERIFY(test::computesNothingUnasked(chat, button, &EngineBridge::inspectionReady, [] {}));
    QVERIFY(panel.found() == nullptr);
}

void TokenPanelTest::theWordTakenIsThere() {
    RealChat chat;
    TokenPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("hello"));
    for (const int token : {1, chat.session().traceSize() - 1}) {
        chat.selection.selectToken(token);
        panel.findChild<QPushButton*>(QStringLiteral("lookInside"))->click();
        QVERIFY(looked(panel, token));
        const TokenInspection& found = *panel.found();
        QCOMPARE(found.position, token - 1);
        QVERIFY(found.chosen.has_value());
        const TokenRecord& taken = chat.session().traceToken(token);
        QCOMPARE(found.words[static_cast<std::size_t>(*found.chosen)].token, taken.token);
        QVERIFY(*found.routing == *chat.session().traceToken(token - 1).routing);
        QCOMPARE(panel.table().rowCount(), static_cast<int>(found.words.size()));
    }
    // Computed anew, a reply's token is as likely as it was when it was drawn (temperature 1).
    const TokenInspection& found = *panel.found();
    const double logProb =
        static_cast<double>(found.words[static_cast<std::size_t>(*found.chosen)].logProb);
    const double drawn =
        static_cast<double>(chat.session().traceToken(chat.session().traceSize() - 1).logProb);
    QVERIFY(std::abs(logProb - drawn) < 1e-3);
}

void TokenPanelTest::contributionsAddUp() {
    RealChat chat;
    TokenPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("hello"));
    chat.selection.selectToken(6);
    panel.look();
    QVERIFY(looked(panel, 6));
    const TokenInspection& found = *panel.found();
    const auto word = static_cast<std::size_t>(*found.chosen);
    const double logit = static_cast<double>(found.words[word].logit);
    const double sum = contributionSum(found, word, Against::Nothing, 0);
    QVERIFY(std::abs(sum - logit) < 1e-4 * std::max(1.0, std::abs(logit)));
    const double other = static_cast<double>(found.words[0].logit);
    QVERIFY(std::abs(contributionSum(found, word, Against::OtherWord, 0) - (logit - other)) < 1e-3);
    panel.showPage(TokenPanel::Page::Contributions);
    QCOMPARE(panel.table().rowCount(), static_cast<int>(found.parts.size()));
    const auto boxes = panel.findChildren<QComboBox*>();
    boxes.back()->setCurrentIndex(0);  // against nothing
    QVERIFY(panel.sumLine().contains(QString::number(sum, 'f', 3)));
    // The file has them in full, and they add up there too.
    double written = 0;
    const QStringList lines = panel.table().toCsv().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), static_cast<qsizetype>(found.parts.size()) + 1);
    for (qsizetype i = 1; i < lines.size(); ++i)
        written += lines[i].section(QLatin1Char(','), 2, 2).toDouble();
    QVERIFY(std::abs(written - sum) < 1e-6);
}

void TokenPanelTest::aHeadIsAskedForOnlyWhenLookedAt() {
    RealChat chat;
    TokenPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("hello"));
    chat.selection.selectToken(6);
    panel.look();
    QVERIFY(looked(panel, 6));
    QVERIFY(panel.found()->attention.empty());
    panel.showPage(TokenPanel::Page::Attention);
    QTRY_VERIFY_WITH_TIMEOUT(!panel.found()->attention.empty(), 20000);
    QCOMPARE(panel.found()->attention.size(), std::size_t{6});
    QCOMPARE(panel.table().rowCount(), 6);
    const auto before = panel.found()->attention;
    panel.findChildren<QSpinBox*>().back()->setValue(1);
    QTRY_VERIFY_WITH_TIMEOUT(panel.found()->attention != before, 20000);
    QCOMPARE(panel.found()->attentionHead->head, 1);
}

void TokenPanelTest::rowsPickCellsAndTokens() {
    RealChat chat;
    TokenPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("hello"));
    chat.selection.selectToken(6);
    panel.look();
    QVERIFY(looked(panel, 6));
    panel.showPage(TokenPanel::Page::Contributions);
    int expert = 0;
    while (panel.found()->parts[static_cast<std::size_t>(expert)].source !=
           ResidualPart::Source::Expert)
        ++expert;
    Q_EMIT panel.table().rowPicked(expert);
    const ResidualPart& part = panel.found()->parts[static_cast<std::size_t>(expert)];
    QVERIFY((chat.selection.site() == ExpertSite{LayerId{part.layer}, ExpertId{part.expert}}));
    panel.look({1, 0});
    QTRY_VERIFY_WITH_TIMEOUT(!panel.found()->attention.empty(), 20000);
    Q_EMIT panel.table().rowPicked(2);
    QCOMPARE(chat.selection.token().value_or(-1), 2);
}

void TokenPanelTest::anotherBranchForgets() {
    RealChat chat;
    TokenPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("hello"));
    panel.look();
    QVERIFY(looked(panel, chat.session().traceSize() - 1));
    chat.bridge.run([](ChatSession& s) { s.newConversation(); });
    QVERIFY(panel.found() == nullptr);
    QCOMPARE(panel.table().rowCount(), 0);
}

void TokenPanelTest::followsThePickedToken() {
    RealChat chat;
    TokenPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.talk("hello"));
    panel.findChild<QAbstractButton*>(QStringLiteral("followTokens"))->click();
    QVERIFY(looked(panel, chat.session().traceSize() - 1));
    chat.selection.selectToken(3);
    QVERIFY(looked(panel, 3));
    panel.hide();
    QSignalSpy ready(&chat.bridge, &EngineBridge::inspectionReady);
    chat.selection.selectToken(5);
    QTest::qWait(100);
    QCOMPARE(ready.count(), 0);
}

void TokenPanelTest::picturesForPeople() {
    RealChat chat;
    QVERIFY(chat.talk("the rain in the city"));
    const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
    QDir().mkpath(folder);
    for (const auto mode : {Theme::Mode::Dark, Theme::Mode::Light}) {
        chat.theme.setMode(mode);
        chat.theme.apply();
        TokenPanel panel(chat.context);
        panel.resize(mode == Theme::Mode::Dark ? 480 : 320, 340);
        panel.show();
        QVERIFY(panel.grab().save(folder +
                                  QStringLiteral("/token-empty-%1.png").arg(chat.theme.name())));
        chat.selection.selectToken(9);
        panel.look({1, 1});
        QVERIFY(looked(panel, 9));
        int number = 0;
        for (const auto page : {TokenPanel::Page::Words,
                                TokenPanel::Page::Lens,
                                TokenPanel::Page::Contributions,
                                TokenPanel::Page::Attention}) {
            panel.showPage(page);
            QTest::qWait(30);
            QVERIFY(panel.grab().save(
                folder + QStringLiteral("/token-%1-%2.png").arg(number++).arg(chat.theme.name())));
        }
    }
}

QTEST_MAIN(TokenPanelTest)
#include "token_panel_test.moc"
