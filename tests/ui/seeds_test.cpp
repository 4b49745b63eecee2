// "N seeds" of the dock "compare", on the demo model: the numbers are those of the command line.

#include <QComboBox>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableWidget>
#include <QTest>

#include "engine/io/npy.h"
#include "tests/ui/demo_chat.h"
#include "tests/ui/scripted_chat.h"
#include "ui/compare/compare_panel.h"
#include "ui/compare/seed_panel.h"
#include "ui/provenance_badge.h"

namespace gatescope {
namespace {

using test::DemoChat;
using test::picture;
using test::ScriptedChat;
using test::scriptSaying;

constexpr int kSeeds = 5;
constexpr int kTokens = 12;

InterventionSet someAblation() {
    InterventionSet set;
    for (int expert = 1; expert < 4; ++expert) set.ablate.push_back({LayerId{1}, ExpertId{expert}});
    set.layerTopK = {{LayerId{2}, LayerId{2}, 1}};
    return set;
}

template <class Chat>
bool settled(Chat& chat, ComparePanel& panel) {
    return QTest::qWaitFor([&] { return !chat.session().generating() && !panel.busy(); }, 60000);
}

/// A plain reply beside one with interventions.
template <class Chat>
bool makePair(Chat& chat, ComparePanel& panel) {
    if (!chat.load() || !chat.talk("Once upon a time there was") || !settled(chat, panel))
        return false;
    chat.bridge.run([](ChatSession& s) { s.setInterventions(someAblation()); });
    return panel.rerun().isEmpty() && settled(chat, panel);
}

void show(ComparePanel& panel) {
    panel.resize(1000, 640);
    panel.show();
    panel.findChild<QPushButton*>(QStringLiteral("seeds"))->setChecked(true);
}

void choose(ComparePanel& panel, int seeds, int tokens) {
    panel.findChild<QSpinBox*>(QStringLiteral("seedCount"))->setValue(seeds);
    panel.findChild<QSpinBox*>(QStringLiteral("seedTokens"))->setValue(tokens);
}

QPushButton* button(ComparePanel& panel) {
    return panel.findChild<QPushButton*>(QStringLiteral("runSeeds"));
}

}  // namespace

class SeedsTest : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void theNumbersAreThoseOfTheCommandLine();
    void itCanBeCancelledAndGivesWayToAMessage();
    void itSaysWhyItCannotBegin();
    void aFaultIsASentenceInThePanel();
    void theTableForASpreadsheet();
};

void SeedsTest::theNumbersAreThoseOfTheCommandLine() {
    DemoChat chat;
    ComparePanel panel(chat.context);
    show(panel);
    QVERIFY(makePair(chat, panel));
    choose(panel, kSeeds, kTokens);
    picture(panel, "seeds-before-dark");
    const auto trace = chat.session().traceSize();
    QTest::mouseClick(button(panel), Qt::LeftButton);
    QVERIFY(panel.seeds().running());
    QCOMPARE(button(panel)->text(), QStringLiteral("Cancel"));
    QTRY_VERIFY_WITH_TIMEOUT(panel.seeds().runs().outcomes().size() >= 2, 60000);
    picture(panel, "seeds-running-dark");
    QVERIFY(settled(chat, panel));
    QCOMPARE(chat.session().traceSize(), trace);  // the conversation is as it was

    const SeedComparison& comparison = panel.seeds().runs().comparison();
    const auto prompt = (chat.folder.path() / "prompt.npy").string();
    writeNpy<std::int32_t>(prompt,
                           std::vector{static_cast<std::int64_t>(comparison.prompt.size())},
                           comparison.prompt);
    QStringList arguments{QStringLiteral("seeds"),
                          QStringLiteral(GATESCOPE_SOURCE_DIR "/resources/demo/model"),
                          QStringLiteral("--tokens"),
                          QString::fromStdString(prompt),
                          QStringLiteral("--json"),
                          QStringLiteral("-n"),
                          QString::number(kTokens),
                          QStringLiteral("--seeds"),
                          QString::number(kSeeds),
                          QStringLiteral("--seed"),
                          QString::number(comparison.sampler.seed),
                          QStringLiteral("--top-k"),
                          QStringLiteral("2:1")};
    for (const ExpertSite site : someAblation().ablate)
        arguments << QStringLiteral("--ablate") << QString::fromStdString(toString(site));
    QProcess cli;
    cli.start(QStringLiteral(GATESCOPE_CLI), arguments);
    QVERIFY(cli.waitForFinished(120000));
    QVERIFY2(cli.exitCode() == 0, cli.readAllStandardError().constData());
    const QJsonObject document = QJsonDocument::fromJson(cli.readAllStandardOutput()).object();

    const auto& outcomes = panel.seeds().runs().outcomes();
    const QJsonArray seeds = document[QStringLiteral("seeds")].toArray();
    QCOMPARE(static_cast<int>(outcomes.size()), kSeeds);
    QCOMPARE(seeds.size(), kSeeds);
    int different = 0;
    for (int i = 0; i < kSeeds; ++i) {
        const SeedOutcome& o = outcomes[static_cast<std::size_t>(i)];
        const QJsonObject seed = seeds[i].toObject();
        QVERIFY(seed[QStringLiteral("kl_bits")].toDouble() == o.klBits);  // to the bit
        QVERIFY(seed[QStringLiteral("tokens_differing")].toDouble() == o.differing);
        QCOMPARE(seed[QStringLiteral("differs_at")].isNull(), !o.firstDifference.has_value());
        if (o.firstDifference)
            QCOMPARE(seed[QStringLiteral("differs_at")].toInt(), *o.firstDifference);
        QCOMPARE(seed[QStringLiteral("plain_tokens")].toInt(), o.plainTokens);
        QCOMPARE(seed[QStringLiteral("changed_tokens")].toInt(), o.changedTokens);
        different += o.firstDifference ? 1 : 0;
        QVERIFY(o.klBits > 0);
    }
    QVERIFY(different > 0);
    const SeedSummary summary = summaryOf(outcomes);
    const QJsonObject all = document[QStringLiteral("summary")].toObject();
    for (const auto& [name, of] : {std::pair("kl_bits", summary.klBits),
                                   std::pair("first_token_differs", summary.firstToken),
                                   std::pair("reply_differs", summary.replies),
                                   std::pair("tokens_differing", summary.tokens)}) {
        const QJsonObject estimate = all[QLatin1String(name)].toObject();
        QVERIFY(estimate[QStringLiteral("value")].toDouble() == of.value);
        QVERIFY(estimate[QStringLiteral("low")].toDouble() == of.low);
        QVERIFY(estimate[QStringLiteral("high")].toDouble() == of.high);
    }
    QCOMPARE(panel.seeds().cell(0, 1),
             QStringLiteral("%1 bit").arg(summary.klBits.value, 0, 'g', 4));
    QCOMPARE(panel.seeds().cell(2, 2),
             QStringLiteral("%1 to %2 %")
                 .arg(100 * summary.replies.low, 0, 'f', 1)
                 .arg(100 * summary.replies.high, 0, 'f', 1));
    QVERIFY(panel.seeds().status().startsWith(QStringLiteral("5 seeds run: seeds from 7")));
    QVERIFY(panel.seeds().findChild<ProvenanceBadge*>()->isVisible());

    for (const char* theme : {"dark", "light"}) {
        chat.theme.setName(QString::fromLatin1(theme));
        for (const QSize size : {QSize(460, 700), QSize(1000, 640), QSize(1800, 1000)}) {
            panel.resize(size);
            QTest::qWait(20);
            picture(panel,
                    QStringLiteral("seeds-%1-%2")
                        .arg(QString::fromLatin1(theme))
                        .arg(size.width())
                        .toLatin1()
                        .constData());
        }
    }
}

void SeedsTest::itCanBeCancelledAndGivesWayToAMessage() {
    DemoChat chat;
    ComparePanel panel(chat.context);
    show(panel);
    QVERIFY(makePair(chat, panel));
    choose(panel, 1000, 64);
    QTest::mouseClick(button(panel), Qt::LeftButton);
    QVERIFY(panel.seeds().running());
    QTRY_VERIFY_WITH_TIMEOUT(!panel.seeds().runs().outcomes().empty(), 30000);
    QTest::mouseClick(button(panel), Qt::LeftButton);
    QVERIFY(!panel.seeds().running());
    QVERIFY(panel.seeds().status().startsWith(QStringLiteral("Ended early, ")));

    QTest::mouseClick(button(panel), Qt::LeftButton);
    QVERIFY(panel.seeds().running());
    QVERIFY(chat.talk("And then?"));
    QVERIFY(QTest::qWaitFor([&] { return !panel.seeds().running(); }, 30000));
    QCOMPARE(chat.session().messages().back().state, MessageState::Complete);
}

void SeedsTest::itSaysWhyItCannotBegin() {
    DemoChat chat;
    ComparePanel panel(chat.context);
    show(panel);
    QVERIFY(!button(panel)->isEnabled());
    QCOMPARE(panel.seeds().status(), QStringLiteral("Choose two runs first."));
    QVERIFY(makePair(chat, panel));
    QVERIFY(button(panel)->isEnabled());
    SamplerConfig greedy = chat.session().sampler();
    greedy.temperature = 0;
    chat.session().setSampler(greedy);
    panel.seeds().follow();
    QVERIFY(!button(panel)->isEnabled());
    QVERIFY(panel.seeds().status().contains(QStringLiteral("temperature 0")));
    QVERIFY(panel.compareVersions(1, 1).isEmpty());
    QVERIFY(settled(chat, panel));
    panel.seeds().follow();
    QVERIFY(panel.seeds().status().contains(QStringLiteral("same interventions")));
}

void SeedsTest::aFaultIsASentenceInThePanel() {
    auto script = scriptSaying("the rain in the city");
    ScriptedChat chat(script);
    ComparePanel panel(chat.context);
    show(panel);
    QVERIFY(makePair(chat, panel));
    script->faults.push_back(
        {.kind = test::ScriptedFault::Kind::Error, .call = script->log->forwardCalls + 40});
    choose(panel, 1000, 64);
    QSignalSpy errors(&chat.bridge, &EngineBridge::errorOccurred);
    QTest::mouseClick(button(panel), Qt::LeftButton);
    QVERIFY(QTest::qWaitFor([&] { return !panel.seeds().running(); }, 30000));
    QCOMPARE(errors.count(), 1);
    QVERIFY2(panel.seeds().status().startsWith(QStringLiteral("Ended by a fault, ")),
             qPrintable(panel.seeds().status()));
    QVERIFY(button(panel)->isEnabled());
    QTest::qWait(20);
    picture(panel, "seeds-fault-dark");
}

void SeedsTest::theTableForASpreadsheet() {
    const std::vector<SeedOutcome> outcomes{{7, 0.5, 3, 0.25, 12, 11}, {8, 0.25, {}, 0, 12, 12}};
    const QList<QByteArray> lines = seedsAsCsv(outcomes).split('\n');
    QCOMPARE(lines[0].trimmed(),
             QByteArray("seed,kl_bits,differs_at,tokens_differing,plain_tokens,changed_tokens"));
    QCOMPARE(lines[1].trimmed(), QByteArray("7,0.5,3,0.25,12,11"));
    QCOMPARE(lines[2].trimmed(), QByteArray("8,0.25,,0,12,12"));
    QVERIFY(lines[4].startsWith("summary,value,low,high"));
    QVERIFY(lines[5].startsWith("kl_bits,0.375,"));
    QVERIFY(lines[7].startsWith("reply_differs,0.5,"));
}

}  // namespace gatescope

QTEST_MAIN(gatescope::SeedsTest)
#include "seeds_test.moc"
