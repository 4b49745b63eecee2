// The dock "find", on the demo model.
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>

#include "engine/error.h"
#include "tests/ui/demo_chat.h"
#include "ui/compare/contrast_model.h"
#include "ui/compare/find_panel.h"

namespace gatescope {

using test::DemoChat;

class FindTest : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void ranksExpertsByTheirContrast();
    void aClickSteers();
    void cancelsAndKeepsWhatWasRead();
    void readsPromptFiles();
};

namespace {

const char* kDogs =
    "Once upon a time there was a dog.\nThe dog ran to the park.\nA big dog barked loudly.\n";
const char* kNumbers = "1 2 3 4 5 6 7\n10 20 30 40 50\n\n7 8 9 10 11 12\n";

bool run(FindPanel& panel) {
    panel.findChild<QPlainTextEdit*>(QStringLiteral("setA"))
        ->setPlainText(QString::fromLatin1(kDogs));
    panel.findChild<QPlainTextEdit*>(QStringLiteral("setB"))
        ->setPlainText(QString::fromLatin1(kNumbers));
    panel.findChild<QPushButton*>(QStringLiteral("findExperts"))->click();
    return panel.search().running() &&
           QTest::qWaitFor([&] { return !panel.search().running(); }, 30000);
}

/// The routing of a text's tokens, by a generation instead of a search.
void count(DemoChat& chat, const std::string& text, RoutingStats& stats) {
    GenerationRequest request;
    request.prompt = {{.text = text, .tokens = {}, .interventions = {}}};
    request.maxTokens = 1;
    bool done = false;
    chat.session().generateAside(request, [&](const Event& event) {
        if (const auto* read = std::get_if<PrefillProgressed>(&event))
            for (const auto& record : read->routing) stats.add(*record);
        done = done || std::holds_alternative<GenerationFinished>(event);
    });
    QVERIFY(QTest::qWaitFor([&] { return done; }, 30000));
}

}  // namespace

void FindTest::ranksExpertsByTheirContrast() {
    DemoChat chat;
    FindPanel panel(chat.context);
    panel.resize(900, 460);
    panel.show();
    QVERIFY(!panel.findChild<QPushButton*>(QStringLiteral("findExperts"))->isEnabled());
    QVERIFY(chat.load());
    test::picture(panel, "find-empty");
    QVERIFY(run(panel));
    QCOMPARE(panel.search().done(), 6);

    const ModelConfig& config = chat.session().model()->config;
    RoutingStats a(config.numLayers, config.numExperts);
    RoutingStats b(config.numLayers, config.numExperts);
    for (const auto& text : promptsOf(kDogs, false)) count(chat, text, a);
    for (const auto& text : promptsOf(kNumbers, false)) count(chat, text, b);
    const auto expected = rankedContrasts(a, b);
    const auto& found = panel.search().contrasts();
    QCOMPARE(found.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        QCOMPARE(found[i].layer, expected[i].layer);
        QCOMPARE(found[i].expert, expected[i].expert);
        QCOMPARE(found[i].difference, expected[i].difference);
        QCOMPARE(found[i].low, expected[i].low);
        QCOMPARE(found[i].countA, expected[i].countA);
        QCOMPARE(found[i].tokensB, expected[i].tokensB);
    }
    QVERIFY(found.front().stands());  // else the comparison above says little
    const QByteArray csv = contrastsAsCsv(found);
    QCOMPARE(csv.count('\n'), static_cast<qsizetype>(found.size()) + 1);
    QVERIFY(csv.startsWith("layer,expert,difference"));

    test::picture(panel, "find-dark");
    chat.theme.setName(QStringLiteral("light"));
    panel.resize(700, 400);
    QTest::qWait(20);
    test::picture(panel, "find-700x400-light");
}

void FindTest::aClickSteers() {
    DemoChat chat;
    FindPanel panel(chat.context);
    panel.resize(900, 460);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(run(panel));
    auto* table = panel.findChild<QTableView*>(QStringLiteral("contrasts"));
    const Contrast& best = panel.search().contrasts().front();
    const ExpertSite site{LayerId{best.layer}, ExpertId{best.expert}};
    const auto click = [table](int column) {
        const QRect cell = table->visualRect(table->model()->index(0, column));
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, cell.center());
    };
    click(ContrastModel::Ablate);
    QCOMPARE(chat.session().interventions().ablate, std::vector{site});
    QCOMPARE(chat.selection.site(), std::optional(site));
    QVERIFY(table->model()
                ->index(0, ContrastModel::Ablate)
                .data()
                .toString()
                .startsWith(QStringLiteral("ablated")));
    click(ContrastModel::Ablate);
    QVERIFY(chat.session().interventions().empty());
    click(ContrastModel::Force);
    QCOMPARE(chat.session().interventions().force, std::vector{site});
    click(ContrastModel::Force);
    click(ContrastModel::BiasUp);
    click(ContrastModel::BiasUp);
    QCOMPARE(chat.session().interventions().bias.at(0).amount, 2.0F);
    click(ContrastModel::BiasDown);
    click(ContrastModel::BiasDown);
    QVERIFY(chat.session().interventions().empty());
    table->sortByColumn(ContrastModel::Site, Qt::AscendingOrder);
    QCOMPARE(table->model()->index(0, ContrastModel::Site).data().toString(),
             QStringLiteral("0:0"));
}

void FindTest::cancelsAndKeepsWhatWasRead() {
    DemoChat chat;
    FindPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    auto* setA = panel.findChild<QPlainTextEdit*>(QStringLiteral("setA"));
    auto* setB = panel.findChild<QPlainTextEdit*>(QStringLiteral("setB"));
    QString many;
    for (int i = 0; i < 400; ++i) many += QStringLiteral("The dog ran to the park again\n");
    setA->setPlainText(many);
    setB->setPlainText(many);
    auto* button = panel.findChild<QPushButton*>(QStringLiteral("findExperts"));
    button->click();
    QVERIFY(QTest::qWaitFor([&] { return panel.search().done() >= 4; }, 30000));
    button->click();
    QVERIFY(!panel.search().running());
    QVERIFY(panel.search().done() < 800);
    QVERIFY(!panel.search().contrasts().empty());
    QVERIFY(chat.talk("hello"));  // the engine is free again
}

void FindTest::readsPromptFiles() {
    using Texts = std::vector<std::string>;
    QCOMPARE(promptsOf("one\r\n\n  \ntwo", false), (Texts{"one", "two"}));
    QCOMPARE(promptsOf("\"one\"\n{\"text\": \"two\"}\n{\"prompt\": \"three\", \"n\": 1}\n", true),
             (Texts{"one", "two", "three"}));
    for (const auto& [content, said] :
         {std::pair("\"one\"\n{broken", "line 2"), std::pair("{\"other\": 1}", "line 1")}) {
        try {
            promptsOf(content, true);
            QFAIL("it was taken");
        } catch (const Error& error) {
            QVERIFY(QByteArray(error.what()).contains(said));
        }
    }
}

}  // namespace gatescope

QTEST_MAIN(gatescope::FindTest)
#include "find_test.moc"
