// The heatmap panel and the intervention chips over a real session with a scripted decoder.

#include <QComboBox>
#include <QDir>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolButton>
#include <QVBoxLayout>

#include "tests/ui/scripted_chat.h"
#include "ui/docks/intervention_bar.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/heatmap_widget.h"
#include "ui/routing/intervention_edits.h"

using namespace gatescope;
using gatescope::test::ScriptedChat;
using gatescope::test::scriptSaying;

namespace {

std::vector<std::vector<float>> rowsOf(const RoutingRecord& record) {
    std::vector<std::vector<float>> rows;
    for (int layer = 0; layer < record.numLayers; ++layer)
        rows.emplace_back(record.layerProbs(layer).begin(), record.layerProbs(layer).end());
    return rows;
}

void savePicture(QWidget& widget, const QString& name) {
    const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
    QDir().mkpath(folder);
    QVERIFY(widget.grab().save(folder + QLatin1Char('/') + name));
}

}  // namespace

class PanelTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void saysWhatToDoWhileThereIsNothing();
    void showsTheNewestTokenUntilOneIsSelected();
    void aRecordingOfRandomWeightsStaysSynthetic();
    void meansAndSharesCountGeneratedTokensOnly();
    void cellActionsChangeTheSession();
    void keyXGivesEveryExpertBack();
    void theMenuOffersWhatWouldChangeSomething();
    void aRefusedInterventionLeavesTheButtonsTrue();
    void chipsTakeTheirInterventionAway();
    void theBarShowsEveryKindAndHowFarItReaches();
    void hiddenItComputesNothingAndShownItCatchesUp();
    void largerModelsScrollToThePickedCell();
    void picturesForPeople();
};

void PanelTest::saysWhatToDoWhileThereIsNothing() {
    ScriptedChat chat(scriptSaying("the rain"));
    HeatmapPanel panel(chat.context);
    panel.show();
    auto* empty = panel.findChild<QLabel*>(QStringLiteral("heatmapEmpty"));
    QVERIFY(empty->isVisible());
    QVERIFY(empty->text().contains(QLatin1String("No model")));
    QVERIFY(panel.displayedValues().empty());
    QVERIFY(chat.load());
    QVERIFY(empty->text().contains(QLatin1String("Send a message")));
}

void PanelTest::showsTheNewestTokenUntilOneIsSelected() {
    ScriptedChat chat(scriptSaying("the rain in"));
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const int last = chat.session().traceSize() - 1;
    QCOMPARE(panel.displayedToken(), std::optional<int>(last));
    QCOMPARE(panel.displayedValues(), rowsOf(*chat.session().traceToken(last).routing));
    for (int token = 0; token <= last; ++token) {
        chat.selection.selectToken(token);
        QCOMPARE(panel.displayedValues(), rowsOf(*chat.session().traceToken(token).routing));
    }
    QCOMPARE(panel.badgeText(), QStringLiteral("SYNTHETIC"));  // scripted weights mean nothing
}

void PanelTest::aRecordingOfRandomWeightsStaysSynthetic() {
    ScriptedChat chat(scriptSaying("the rain in"));
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const auto file = chat.folder.path() / "a.gscope";
    chat.session().saveRecording(file);
    chat.session().openRecording(file);
    QVERIFY(QTest::qWaitFor([&] { return chat.session().isReplay(); }, 20000));
    QCOMPARE(panel.badgeText(), QStringLiteral("REPLAY · SYNTHETIC"));
}

void PanelTest::meansAndSharesCountGeneratedTokensOnly() {
    ScriptedChat chat(scriptSaying("the rain in"));
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const ChatSession& session = chat.session();
    std::vector<std::vector<double>> mean(4, std::vector<double>(8));
    std::vector<std::vector<double>> share(4, std::vector<double>(8));
    int tokens = 0;
    for (int i = 0; i < session.traceSize(); ++i) {
        if (!session.traceToken(i).generated) continue;
        ++tokens;
        const RoutingRecord& record = *session.traceToken(i).routing;
        for (int layer = 0; layer < 4; ++layer) {
            const auto l = static_cast<std::size_t>(layer);
            for (std::size_t e = 0; e < 8; ++e)
                mean[l][e] += static_cast<double>(record.layerProbs(layer)[e]);
            for (const int e : record.layerSelected(layer)) share[l][static_cast<std::size_t>(e)]++;
        }
    }
    QVERIFY(tokens > 2 && tokens < session.traceSize());
    for (const auto& [mode, sums] :
         {std::pair(HeatmapPanel::Mode::Mean, mean), std::pair(HeatmapPanel::Mode::Share, share)}) {
        panel.setMode(mode);
        const auto shown = panel.displayedValues();
        QCOMPARE(shown.size(), std::size_t{4});
        for (std::size_t l = 0; l < 4; ++l)
            for (std::size_t e = 0; e < 8; ++e)
                QVERIFY(std::abs(static_cast<double>(shown[l][e]) - sums[l][e] / tokens) < 1e-6);
    }
}

void PanelTest::cellActionsChangeTheSession() {
    ScriptedChat chat(scriptSaying("the rain"));
    HeatmapPanel panel(chat.context);
    panel.resize(360, 600);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    auto* ablate = panel.findChild<QPushButton*>(QStringLiteral("ablateExpert"));
    auto* force = panel.findChild<QPushButton*>(QStringLiteral("forceExpert"));
    auto* clear = panel.findChild<QPushButton*>(QStringLiteral("clearExpert"));
    QVERIFY(!ablate->isEnabled() && !force->isEnabled() && !clear->isEnabled());
    const ExpertSite site{{2}, {5}};
    QTest::mouseClick(&panel.heatmap(),
                      Qt::LeftButton,
                      {},
                      panel.heatmap().geometryOfCells().cellRect(site).center());
    QVERIFY(chat.selection.site() == site);
    QVERIFY2(panel.valueLine().startsWith(QStringLiteral("layer 2 expert 5 · p ")),
             qPrintable(panel.valueLine()));
    QTest::mouseMove(&panel.heatmap(),
                     panel.heatmap().geometryOfCells().cellRect({{0}, {0}}).center());
    QTRY_VERIFY(panel.valueLine().startsWith(QStringLiteral("layer 0 expert 0 · p ")));
    QTest::keyClick(&panel.heatmap(), Qt::Key_Up);  // the keys count, wherever the mouse rests
    QVERIFY2(panel.valueLine().startsWith(QStringLiteral("layer 1 expert 5 · p ")),
             qPrintable(panel.valueLine()));
    QTest::keyClick(&panel.heatmap(), Qt::Key_Down);
    QTest::mouseClick(ablate, Qt::LeftButton);
    QVERIFY((chat.session().interventions().ablate == std::vector<ExpertSite>{site}));
    QVERIFY(panel.heatmap().frame().ablated[2 * 8 + 5] == 1);
    QTest::mouseClick(force, Qt::LeftButton);
    QVERIFY(chat.session().interventions().ablate.empty());
    QVERIFY((chat.session().interventions().force == std::vector<ExpertSite>{site}));
    QVERIFY(force->isChecked() && !ablate->isChecked());
    QTest::mouseClick(clear, Qt::LeftButton);
    QVERIFY(chat.session().interventions().empty());
    QVERIFY(!force->isChecked() && !clear->isEnabled());
}

void PanelTest::keyXGivesEveryExpertBack() {
    ScriptedChat chat(scriptSaying("the rain"));
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    chat.bridge.run([](ChatSession& s) {
        s.setInterventions({.ablate = {{{0}, {1}}, {{3}, {2}}}});
    });
    QTest::keyClick(&panel.heatmap(), Qt::Key_X);
    QVERIFY(chat.session().interventions().empty());
}

void PanelTest::theMenuOffersWhatWouldChangeSomething() {
    ScriptedChat chat(scriptSaying("the rain"));
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const ExpertSite site{{1}, {3}};
    const auto action = [&](const char* name) {
        return panel.makeCellMenu(site)->findChild<QAction*>(QString::fromLatin1(name));
    };
    QVERIFY(action("ablate")->isEnabled());
    QVERIFY(!action("clear")->isEnabled() && !action("clearAll")->isEnabled());
    action("ablate")->trigger();
    QVERIFY((chat.session().interventions().ablate == std::vector<ExpertSite>{site}));
    QVERIFY(!action("ablate")->isEnabled());
    action("force")->trigger();
    QVERIFY((chat.session().interventions().force == std::vector<ExpertSite>{site}));
    action("exclude")->trigger();
    QVERIFY((chat.session().interventions().exclude == std::vector<ExpertSite>{site}));
    QVERIFY(chat.session().interventions().force.empty());
    action("scale0.5")->trigger();
    QVERIFY((chat.session().interventions().scale == std::vector<ExpertScale>{{site, 0.5F}}));
    QVERIFY(action("swap3") == nullptr);  // with itself
    action("swap7")->trigger();
    QVERIFY((chat.session().interventions().swap ==
             std::vector<ExpertSwap>{{site.layer, site.expert, ExpertId{7}}}));
    const HeatmapFrame& frame = panel.heatmap().frame();
    const CellChange change{.excluded = true, .factor = 0.5F, .computedBy = 7};
    QVERIFY(frame.changes[frame.index(site)] == change);
    QCOMPARE(frame.changes[frame.index({{1}, {7}})].computedBy, 3);
    action("bias2")->trigger();
    QVERIFY((chat.session().interventions().bias == std::vector<ExpertBias>{{site, 2}}));
    QCOMPARE(panel.heatmap().frame().changes[frame.index(site)].bias, 2.0F);
    action("bias-1")->trigger();
    QVERIFY((chat.session().interventions().bias == std::vector<ExpertBias>{{site, -1}}));
    action("topK3")->trigger();
    QCOMPARE(chat.session().interventions().topK, 3);
    QCOMPARE(panel.heatmap().frame().topK, 3);
    QVERIFY(!action("topK3")->isEnabled() && action("topK0")->isEnabled());
    action("topK0")->trigger();
    QCOMPARE(chat.session().interventions().topK, 0);
    action("clear")->trigger();
    QVERIFY(chat.session().interventions().empty());
    QVERIFY(panel.heatmap().frame().changes.empty());
}

void PanelTest::aRefusedInterventionLeavesTheButtonsTrue() {
    ScriptedChat chat(scriptSaying("the rain"));
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    chat.bridge.run([](ChatSession& s) {
        s.setInterventions({.force = {{{1}, {0}}, {{1}, {1}}}});
    });
    QSignalSpy errors(&chat.bridge, &EngineBridge::errorOccurred);
    chat.selection.selectSite(ExpertSite{{1}, {2}});  // a third of two
    auto* force = panel.findChild<QPushButton*>(QStringLiteral("forceExpert"));
    QTest::mouseClick(force, Qt::LeftButton);
    QCOMPARE(errors.count(), 1);
    QVERIFY(!force->isChecked());
    QCOMPARE(chat.session().interventions().force.size(), std::size_t{2});
}

void PanelTest::chipsTakeTheirInterventionAway() {
    ScriptedChat chat(scriptSaying("the rain"));
    QWidget parent;
    auto& bar = *new InterventionBar(chat.bridge, &parent);
    parent.show();
    QVERIFY(bar.isHidden());
    QVERIFY(chat.load());
    chat.bridge.run([](ChatSession& s) {
        s.setInterventions({.ablate = {{{3}, {5}}}, .force = {{{2}, {1}}}, .topK = 3});
    });
    QVERIFY(bar.isVisible());
    QCOMPARE(bar.chipTexts(),
             (QStringList{QStringLiteral("ablate 3:5 ×"),
                          QStringLiteral("force 2:1 ×"),
                          QStringLiteral("top 3 ×")}));
    QCOMPARE(bar.summary(), QStringLiteral("3 interventions · clear all"));
    const auto chip = [&](const QString& text) -> QPushButton* {
        for (auto* button : bar.findChildren<QPushButton*>())
            if (button->text() == text && button->isVisible()) return button;
        return nullptr;
    };
    QTest::mouseClick(chip(QStringLiteral("ablate 3:5 ×")), Qt::LeftButton);
    QVERIFY(chat.session().interventions().ablate.empty());
    QCOMPARE(bar.chipTexts().size(), 2);
    QTest::mouseClick(chip(QStringLiteral("2 interventions · clear all")), Qt::LeftButton);
    QVERIFY(chat.session().interventions().empty());
    QVERIFY(bar.isVisible() && chip(QStringLiteral("Undo")) != nullptr);  // until the next reply
    QVERIFY(bar.chipTexts().isEmpty());
    QVERIFY(chat.talk("hello"));
    QVERIFY(bar.isHidden());
}

void PanelTest::theBarShowsEveryKindAndHowFarItReaches() {
    ScriptedChat chat(scriptSaying("the rain"));
    InterventionBar bar(chat.bridge);
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const ExpertSite site{{1}, {2}};
    InterventionSet set = withExcluded({}, site);
    set = withSwap(withScale(set, site, 2), site, ExpertId{0});
    set.scope.positions = {{0, 5}};
    chat.bridge.run([&](ChatSession& s) { s.setInterventions(withPin(set, s)); });
    QCOMPARE(bar.chipTexts(),
             (QStringList{QStringLiteral("route around 1:2 ×"),
                          QStringLiteral("scale 1:2:2 ×"),
                          QStringLiteral("swap 1:0:2 ×"),
                          QStringLiteral("routes of this conversation ×"),
                          QStringLiteral("only ranges (1) ×")}));
    QCOMPARE(bar.summary(), QStringLiteral("4 interventions · clear all"));
    auto* forReply = bar.findChild<QToolButton*>(QStringLiteral("reachReply"));
    QVERIFY(!forReply->isChecked());
    QTest::mouseClick(forReply, Qt::LeftButton);
    QVERIFY(chat.session().interventionReach() == InterventionReach::Reply);
    QVERIFY(forReply->isChecked());
    QTest::keyClick(&bar, Qt::Key_X);
    QVERIFY(chat.session().interventions().empty());
    QVERIFY(bar.chipTexts().isEmpty());
}

void PanelTest::hiddenItComputesNothingAndShownItCatchesUp() {
    ScriptedChat chat(scriptSaying("the rain in"));
    HeatmapPanel panel(chat.context);
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    QVERIFY(panel.heatmap().frame().empty());
    panel.show();
    const int last = chat.session().traceSize() - 1;
    QCOMPARE(panel.heatmap().frame().values, chat.session().traceToken(last).routing->probs);
    panel.hide();
    chat.selection.selectToken(0);
    QCOMPARE(panel.heatmap().frame().values, chat.session().traceToken(last).routing->probs);
    // A dump asks without showing.
    QCOMPARE(panel.displayedValues(), rowsOf(*chat.session().traceToken(0).routing));
}

void PanelTest::largerModelsScrollToThePickedCell() {
    auto script = scriptSaying("the rain");
    script->config.numLayers = 64;
    ScriptedChat chat(script);
    HeatmapPanel panel(chat.context);
    panel.resize(360, 420);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    QTest::qWait(0);
    const QRect cell = panel.heatmap().geometryOfCells().cellRect({{63}, {0}});
    QVERIFY(!panel.heatmap().visibleRegion().contains(cell.center()));
    chat.selection.selectSite(ExpertSite{{63}, {0}});
    QVERIFY(panel.heatmap().visibleRegion().contains(cell.center()));
}

void PanelTest::picturesForPeople() {
    for (const int layers : {5, 64}) {
        auto script = scriptSaying("the rain in the city and the river");
        script->config.numLayers = layers;
        ScriptedChat chat(script);
        QVERIFY(chat.load());
        QVERIFY(chat.talk("hello"));
        for (const auto mode : {Theme::Mode::Dark, Theme::Mode::Light}) {
            chat.theme.setMode(mode);
            chat.theme.apply();
            QWidget frame;
            auto* layout = new QVBoxLayout(&frame);
            auto* panel = new HeatmapPanel(chat.context);
            layout->addWidget(new InterventionBar(chat.bridge));
            layout->addWidget(panel, 1);
            frame.resize(400, layers > 20 ? 900 : 520);
            frame.show();
            chat.selection.selectSite(ExpertSite{{2}, {3}});
            chat.bridge.run([](ChatSession& s) {
                s.setInterventions({.ablate = {{{2}, {3}}},
                                    .exclude = {{{1}, {5}}},
                                    .force = {{{4}, {1}}},
                                    .bias = {{{{1}, {0}}, 1.5F}, {{{3}, {0}}, -1.5F}},
                                    .scale = {{{{0}, {2}}, 2.0F}, {{{3}, {6}}, 0.5F}},
                                    .swap = {{{4}, {4}, {7}}}});
            });
            QTest::qWait(20);
            savePicture(frame,
                        QStringLiteral("panel-%1-%2.png").arg(layers).arg(chat.theme.name()));
            panel->setMode(HeatmapPanel::Mode::Share);
            QTest::qWait(20);
            savePicture(frame,
                        QStringLiteral("panel-%1-%2-share.png").arg(layers).arg(chat.theme.name()));
        }
    }
}

QTEST_MAIN(PanelTest)
#include "panel_test.moc"
