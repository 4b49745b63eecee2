// The docks of statistics: their numbers equal a fresh count by engine/routing, and what
// `gatescope-cli analyse` writes of the same conversation.

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "engine/io/npy.h"
#include "tests/ui/cli_tables.h"
#include "tests/ui/scripted_chat.h"
#include "ui/statistics/coactivation_panel.h"
#include "ui/statistics/contrast_panel.h"
#include "ui/statistics/domain_panel.h"
#include "ui/statistics/transition_panel.h"
#include "ui/statistics/vocabulary_panel.h"

using namespace gatescope;
using gatescope::test::cliLines;
using gatescope::test::ScriptedChat;
using gatescope::test::scriptSaying;
using gatescope::test::strayLines;

namespace {

constexpr const char* kReply = "the rain in the city and the river and the sea";

/// Of the tokens in `range` that the model generated.
template <class Stats>
Stats freshCount(const ChatSession& session, TokenRange range, Stats stats) {
    for (int i = range.first; i < range.end; ++i) {
        const TokenRecord& token = session.traceToken(i);
        if (token.generated) stats.add(*token.routing);
    }
    return stats;
}

bool same(const Statistic& a, const Statistic& b) {
    return a.value == b.value && a.count == b.count && a.thin == b.thin &&
           a.chance.has_value() == b.chance.has_value() &&
           (!a.chance || (a.chance->level == b.chance->level && a.chance->low == b.chance->low &&
                          a.chance->high == b.chance->high));
}

/// A conversation long enough for ids to come ten times.
struct LongChat : ScriptedChat {
    explicit LongChat(int experts = 8) : ScriptedChat(script(experts)) {}
    bool begin() {
        if (!load()) return false;
        session().setMaxTokens(300);
        return talk("hello");
    }
    static std::shared_ptr<gatescope::test::Script> script(int experts) {
        auto script = scriptSaying(kReply);
        script->endless = true;
        script->config.numExperts = experts;
        return script;
    }
    TokenRange all() { return {0, session().traceSize()}; }
};

}  // namespace

class StatisticsTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void coactivationEqualsAFreshCount();
    void coactivationFollowsTheRange();
    void transitionsEqualAFreshCount();
    void transitionsFollowThePickedLayer();
    void labelsAreWhatTheConversationHas();
    void vocabularyCountsOnlyFrequentIds();
    void vocabularyGoesByTheNextIdToo();
    void aPinnedRangeIsHeldAgainstAnother();
    void hiddenDocksDoNothing();
    void filesEqualWhatAnalyseWrites();
    void theFileOfAContrastEqualsWhatAnalyseWrites();
    void aLongCountIsCutIntoSlices();
};

void StatisticsTest::coactivationEqualsAFreshCount() {
    LongChat chat;
    CoactivationPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.begin());
    const auto fresh = freshCount(chat.session(), chat.all(), CoactivationStats(4, 8));
    QVERIFY(fresh.tokens() > 200);
    for (const int layer : {0, 3}) {
        chat.selection.selectSite(ExpertSite{{layer}, {2}});
        QTRY_VERIFY(panel.upToDate() && panel.layer() == layer);
        for (int i = 0; i < 8; ++i)
            for (int j = 0; j < 8; ++j) {
                if (i == j) continue;
                panel.setMeasure(CoactivationPanel::Measure::Coactivation);
                const Statistic expected = fresh.coactivation(layer, i, j);
                QVERIFY(same(panel.cell(i, j), expected));
                QCOMPARE(panel.grid().frame().cell({i, j}).value, expected.value.value_or(0));
                panel.setMeasure(CoactivationPanel::Measure::Lift);
                QVERIFY(same(panel.cell(i, j), fresh.lift(layer, i, j)));
                panel.setMeasure(CoactivationPanel::Measure::Phi);
                QVERIFY(same(panel.cell(i, j), fresh.phi(layer, i, j)));
            }
        QVERIFY(std::isnan(panel.grid().frame().cell({1, 1}).value));
    }
    panel.setMeasure(CoactivationPanel::Measure::Coactivation);
    QCOMPARE(panel.grid().frame().scale.chance, 1.0 / 7);
    QVERIFY2(panel.summary().contains(QStringLiteral("chance 14.3\u00a0%")),
             qPrintable(panel.summary()));
}

void StatisticsTest::coactivationFollowsTheRange() {
    LongChat chat;
    CoactivationPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.begin());
    for (const TokenRange range : {TokenRange{20, 90}, TokenRange{60, 200}, TokenRange{5, 12}}) {
        chat.selection.selectRange(range);
        const auto fresh = freshCount(chat.session(), range, CoactivationStats(4, 8));
        QTRY_VERIFY(panel.upToDate() && chat.routing.complete());
        QVERIFY(same(panel.cell(0, 1), fresh.coactivation(0, 0, 1)));
        QVERIFY(same(panel.cell(5, 3), fresh.coactivation(0, 5, 3)));
    }
    chat.routing.setPopulation(Population::Prompt);
    CoactivationStats prompt(4, 8);
    for (int i = 5; i < 12; ++i)
        if (!chat.session().traceToken(i).generated)
            prompt.add(*chat.session().traceToken(i).routing);
    QTRY_VERIFY(panel.upToDate() && chat.routing.complete());
    QCOMPARE(panel.counted(), prompt.tokens() > 0);
}

void StatisticsTest::transitionsEqualAFreshCount() {
    LongChat chat;
    TransitionPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.begin());
    using Measure = TransitionPanel::Measure;
    for (const auto& [from, to] : {std::pair(0, 1), std::pair(1, 3), std::pair(3, 0)}) {
        panel.setLayers(from, to);
        QTRY_VERIFY(panel.upToDate() && panel.counted());
        const auto fresh = freshCount(chat.session(), chat.all(), TransitionStats(from, to, 8));
        for (const Measure measure : {Measure::First, Measure::Selected, Measure::Mass}) {
            panel.setMeasure(measure);
            for (int i = 0; i < 8; ++i)
                for (int j = 0; j < 8; ++j)
                    QVERIFY(same(panel.cell(i, j),
                                 measure == Measure::First      ? fresh.first(i, j)
                                 : measure == Measure::Selected ? fresh.selected(i, j)
                                                                : fresh.mass(i, j)));
        }
        panel.setMeasure(Measure::First);
        const Statistic told = fresh.firstInformation();
        QVERIFY2(panel.summary().contains(QString::number(*told.value, 'f', 3)),
                 qPrintable(panel.summary()));
        QVERIFY(panel.summary().contains(QString::number(told.chance->level, 'f', 3)));
    }
}

void StatisticsTest::transitionsFollowThePickedLayer() {
    LongChat chat;
    TransitionPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.begin());
    QTRY_VERIFY(panel.upToDate() && panel.counted());
    QCOMPARE(panel.from(), 0);
    QCOMPARE(panel.to(), 1);
    chat.selection.selectSite(ExpertSite{{2}, {5}});
    QCOMPARE(panel.from(), 2);
    QCOMPARE(panel.to(), 3);
    chat.selection.selectSite(ExpertSite{{3}, {5}});  // shown already
    QCOMPARE(panel.from(), 2);
    chat.selection.selectSite(ExpertSite{{0}, {5}});
    chat.selection.selectSite(ExpertSite{{3}, {5}});  // the last one: from the one before it
    QCOMPARE(panel.from(), 2);
    QCOMPARE(panel.to(), 3);
}

void StatisticsTest::labelsAreWhatTheConversationHas() {
    LongChat chat;
    DomainPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.begin());
    QVERIFY(chat.talk("and the sea"));
    chat.selection.selectSite(ExpertSite{{1}, {0}});
    QTRY_VERIFY(panel.upToDate() && panel.stats() != nullptr &&
                panel.stats()->tokens() == chat.session().traceSize());
    LabelStats byMessage(4, 8);
    LabelStats byOrigin(4, 8);
    for (int i = 0; i < chat.session().traceSize(); ++i) {
        const TokenRecord& token = chat.session().traceToken(i);
        byMessage.add(chat.session().messageOfToken(i), *token.routing);
        byOrigin.add(token.generated ? 1 : 0, *token.routing);
    }
    QCOMPARE(panel.stats()->labels(), byMessage.labels());
    QCOMPARE(panel.grid().frame().rows, 4);
    for (const int label : {0, 1, 2, 3})
        for (int expert = 0; expert < 8; ++expert)
            QVERIFY(
                same(panel.stats()->share(label, 0, expert), byMessage.share(label, 1, expert)));
    QVERIFY(same(panel.stats()->information(0), byMessage.information(1)));
    panel.setLabels(DomainPanel::Labels::Origin);
    QTRY_VERIFY(panel.upToDate() && panel.stats()->tokens() == chat.session().traceSize());
    QVERIFY(same(panel.stats()->share(1, 0, 4), byOrigin.share(1, 1, 4)));
    QCOMPARE(panel.grid().frame().rowLabels,
             (QStringList{QStringLiteral("prompt"), QStringLiteral("generated")}));
}

void StatisticsTest::vocabularyCountsOnlyFrequentIds() {
    LongChat chat;
    VocabularyPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.begin());
    chat.selection.selectSite(ExpertSite{{2}, {0}});
    QTRY_VERIFY(panel.upToDate() && panel.stats() != nullptr);
    LabelStats fresh(4, 8);
    std::map<TokenId, int> times;
    for (int i = 0; i < chat.session().traceSize(); ++i) {
        const TokenRecord& token = chat.session().traceToken(i);
        if (!token.generated) continue;
        fresh.add(token.token, *token.routing);
        ++times[token.token];
    }
    QTRY_COMPARE(panel.stats()->tokens(), fresh.tokens());
    const StatisticTable table = panel.numbers();
    const auto frequent =
        std::ranges::count_if(times, [](const auto& entry) { return entry.second >= kThinBelow; });
    QVERIFY(frequent > 3);
    QCOMPARE(static_cast<std::ptrdiff_t>(table.rows.size()), frequent);
    double before = 1;
    double sum = 0;
    for (const StatisticRow& row : table.rows) {
        QCOMPARE(row.keys[0], 2);
        QCOMPARE(row.statistic.count, times[row.keys[1]]);
        QVERIFY(same(
            {row.statistic.value, row.statistic.count, {}, false},
            {fresh.firstShare(row.keys[1], 2, row.keys[2]).value, row.statistic.count, {}, false}));
        const double excess = *row.statistic.value - row.statistic.chance->level;
        QVERIFY(excess <= before);
        before = excess;
        sum += *row.statistic.value;
    }
    // The mean of the ids is what `analyse` calls the layer's vocabulary specialisation.
    const Statistic layer = vocabularySpecialisation(fresh, 2).layer;
    QVERIFY(std::abs(sum / static_cast<double>(frequent) - *layer.value) < 1e-12);
}

void StatisticsTest::vocabularyGoesByTheNextIdToo() {
    LongChat chat;
    VocabularyPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.begin());
    chat.selection.selectSite(ExpertSite{{2}, {0}});
    QTRY_VERIFY(panel.upToDate() && panel.stats() != nullptr);
    for (const auto label : {VocabularyLabel::PredictedNext, VocabularyLabel::TrueNext}) {
        LabelStats fresh(4, 8);
        for (int i = 0; i + 1 < chat.session().traceSize(); ++i) {
            const TokenRecord& next = chat.session().traceToken(i + 1);
            if (!chat.session().traceToken(i).generated) continue;
            const bool predicted = label == VocabularyLabel::PredictedNext;
            fresh.add(predicted ? next.predicted() : next.token,
                      *chat.session().traceToken(i).routing);
        }
        QVERIFY(fresh.tokens() > 100);
        panel.setLabel(label);
        QTRY_VERIFY(panel.stats() != nullptr && panel.stats()->tokens() == fresh.tokens());
        const StatisticTable table = panel.numbers();
        QVERIFY(!table.rows.empty());
        for (const StatisticRow& row : table.rows) {
            QCOMPARE(row.name,
                     label == VocabularyLabel::PredictedNext
                         ? std::string_view("vocabulary_predicted_next")
                         : std::string_view("vocabulary_true_next"));
            QCOMPARE(row.statistic.value, fresh.firstShare(row.keys[1], 2, row.keys[2]).value);
        }
    }
}

void StatisticsTest::aPinnedRangeIsHeldAgainstAnother() {
    LongChat chat;
    ContrastPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.begin());
    const TokenRange first{10, 120};
    const TokenRange second{120, 280};
    chat.selection.selectRange(first);
    panel.pin();
    chat.selection.selectRange(second);
    chat.selection.selectSite(ExpertSite{{1}, {0}});
    QTRY_VERIFY(panel.upToDate() && chat.routing.complete());
    const auto pinned = freshCount(chat.session(), first, RoutingStats(4, 8));
    const auto now = freshCount(chat.session(), second, RoutingStats(4, 8));
    const auto& bars = panel.bars().frame();
    QCOMPARE(bars.experts.size(), std::size_t{8});
    QCOMPARE(bars.chance, 0.25);
    for (int expert = 0; expert < 8; ++expert) {
        const Contrast expected = contrast(now, pinned, 1, expert);
        const Contrast& drawn = bars.experts[static_cast<std::size_t>(expert)];
        QCOMPARE(drawn.difference, expected.difference);
        QCOMPARE(drawn.low, expected.low);
        QCOMPARE(drawn.high, expected.high);
    }
    panel.unpin();
    QVERIFY(panel.bars().frame().experts.empty());
}

void StatisticsTest::hiddenDocksDoNothing() {
    LongChat chat;
    CoactivationPanel pairs(chat.context);
    TransitionPanel transitions(chat.context);
    DomainPanel domains(chat.context);
    VocabularyPanel vocabulary(chat.context);
    QVERIFY(chat.begin());
    QTest::qWait(150);
    QVERIFY(!pairs.counted() && !transitions.counted());
    QVERIFY(domains.stats() == nullptr && vocabulary.stats() == nullptr);
    QVERIFY(!chat.routing.complete());  // nobody has asked for anything
    pairs.show();
    QTRY_VERIFY(pairs.upToDate() && pairs.counted());
}

void StatisticsTest::filesEqualWhatAnalyseWrites() {
    LongChat chat;
    QVERIFY(chat.begin());
    QVERIFY(chat.talk("and the sea"));
    const auto file = chat.folder.path() / "talk.gscope";
    QVERIFY(chat.replay(file));
    CoactivationPanel pairs(chat.context);
    TransitionPanel transitions(chat.context);
    DomainPanel domains(chat.context);
    for (ChartFrame* panel : std::initializer_list<ChartFrame*>{&pairs, &transitions, &domains}) {
        panel->show();
        QTRY_VERIFY(panel->upToDate() && chat.routing.complete());
    }
    const auto pairLines = cliLines(file, QStringLiteral("pairs"));
    QVERIFY(pairLines.size() > 100);
    for (const auto measure : {CoactivationPanel::Measure::Coactivation,
                               CoactivationPanel::Measure::Lift,
                               CoactivationPanel::Measure::Phi}) {
        pairs.setMeasure(measure);
        QCOMPARE(strayLines(pairs.numbers(), pairLines), QStringList());
        QVERIFY(pairs.numbers().rows.size() >= 28);
    }
    const auto transitionLines = cliLines(file, QStringLiteral("transitions"));
    for (const auto measure : {TransitionPanel::Measure::First,
                               TransitionPanel::Measure::Selected,
                               TransitionPanel::Measure::Mass}) {
        transitions.setMeasure(measure);
        QCOMPARE(strayLines(transitions.numbers(), transitionLines), QStringList());
        QCOMPARE(transitions.numbers().rows.size(), std::size_t{64});
    }
    std::vector<std::int32_t> tags(static_cast<std::size_t>(chat.session().traceSize()));
    for (std::size_t i = 0; i < tags.size(); ++i)
        tags[i] = chat.session().messageOfToken(static_cast<int>(i));
    const auto tagFile = chat.folder.path() / "tags.npy";
    const std::array shape{static_cast<std::int64_t>(tags.size())};
    writeNpy<std::int32_t>(tagFile, shape, tags);
    const auto domainLines = cliLines(file,
                                      QStringLiteral("domains"),
                                      {QStringLiteral("--population"),
                                       QStringLiteral("all"),
                                       QStringLiteral("--tags"),
                                       QString::fromStdString(tagFile.string())});
    QCOMPARE(strayLines(domains.numbers(), domainLines), QStringList());
    QCOMPARE(domains.numbers().rows.size(), std::size_t{32});
}

void StatisticsTest::theFileOfAContrastEqualsWhatAnalyseWrites() {
    LongChat chat;
    QVERIFY(chat.begin());
    const auto first = chat.folder.path() / "first.gscope";
    const auto second = chat.folder.path() / "second.gscope";
    QVERIFY(chat.replay(first));
    ContrastPanel panel(chat.context);
    panel.show();
    QTRY_VERIFY(chat.routing.complete());
    panel.pin();
    chat.bridge.run([](ChatSession& s) { s.newConversation(); });
    QTRY_VERIFY(!chat.session().isReplay());
    QVERIFY(chat.talk("and the sea"));
    QVERIFY(chat.replay(second));
    chat.selection.selectSite(ExpertSite{{3}, {0}});
    QTRY_VERIFY(panel.upToDate() && chat.routing.complete());
    panel.refreshNow();
    const auto lines =
        cliLines(second,
                 QStringLiteral("contrasts"),
                 {QStringLiteral("--against"), QString::fromStdString(first.string())});
    QCOMPARE(lines.size(), qsizetype{1 + 4 * 8});
    QCOMPARE(strayLines(panel.numbers(), lines), QStringList());
    QCOMPARE(panel.numbers().rows.size(), std::size_t{8});
}

void StatisticsTest::aLongCountIsCutIntoSlices() {
    auto script = LongChat::script(64);
    script->config.numSelected = 8;
    ScriptedChat chat(script);
    QVERIFY(chat.load());
    chat.session().setMaxTokens(1500);
    QVERIFY(chat.talk("hello"));
    TransitionPanel panel(chat.context);
    panel.show();
    QVERIFY(!panel.upToDate());  // 1,500 tokens of 64 x 64 pairs take longer than a slice
    QVERIFY(panel.summary().contains(QStringLiteral("still counting")));
    QTRY_VERIFY_WITH_TIMEOUT(panel.upToDate(), 60000);
    const auto fresh =
        freshCount(chat.session(), {0, chat.session().traceSize()}, TransitionStats(0, 1, 64));
    QVERIFY(same(panel.cell(3, 4), fresh.first(3, 4)));
    QVERIFY(same(panel.cell(60, 9), fresh.first(60, 9)));
}

QTEST_MAIN(StatisticsTest)
#include "statistics_test.moc"
