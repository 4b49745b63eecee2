// Where interventions are chosen: the menu of cells, one or several, the field that says which
// tokens they are for, and the legend that names their shapes; over a real session with a scripted
// decoder.

#include <QDir>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>

#include "tests/ui/scripted_chat.h"
#include "ui/docks/intervention_bar.h"
#include "ui/routing/heatmap_legend.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/heatmap_widget.h"
#include "ui/routing/intervention_edits.h"

using namespace gatescope;
using gatescope::test::ScriptedChat;
using gatescope::test::scriptSaying;

namespace {

void savePicture(QWidget& widget, const QString& name) {
    const QString folder = QStringLiteral(GATESCOPE_BINARY_DIR "/ui-pictures");
    QDir().mkpath(folder);
    QCoreApplication::processEvents();  // what has changed is laid out
    QVERIFY(widget.grab().save(folder + QLatin1Char('/') + name));
}

}  // namespace

class InterventionsTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theBarSaysWhichTokensTheyAreFor();
    void severalCellsShareOneMenu();
    void theLegendNamesEveryShapeAndNoOther();
    void layersMaySelectDifferentlyMany();
};

void InterventionsTest::theBarSaysWhichTokensTheyAreFor() {
    ScriptedChat chat(scriptSaying("the rain in the rain"));
    InterventionBar bar(chat.bridge);
    HeatmapPanel panel(chat.context);
    connect(&panel, &HeatmapPanel::scopeRequested, &bar, &InterventionBar::editScope);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    const ExpertSite site{{0}, {0}};
    const auto scopeAction = [&] {
        return panel.makeCellMenu(site)->findChild<QAction*>(QStringLiteral("scope"));
    };
    QVERIFY(!scopeAction()->isEnabled());  // of nothing
    InterventionSet set;
    for (int e = 2; e < 8; ++e) set.exclude.push_back({LayerId{0}, ExpertId{e}});
    chat.bridge.run([&](ChatSession& s) { s.setInterventions(set); });
    bar.resize(560, 150);
    bar.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&bar));
    scopeAction()->trigger();
    auto* field = bar.findChild<QLineEdit*>(QStringLiteral("interventionScope"));
    const auto pictures = [&](const char* what) {
        for (const auto mode : {Theme::Mode::Dark, Theme::Mode::Light}) {
            chat.theme.setMode(mode);
            chat.theme.apply();
            savePicture(bar,
                        QStringLiteral("intervention-bar-%1-%2.png")
                            .arg(QLatin1String(what), chat.theme.name()));
        }
    };
    QVERIFY(field->hasFocus());
    QTest::keyClicks(field, QStringLiteral("expert=3"));
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(bar.scopeProblem().contains(
        QLatin1String("column 1: expert is not known before a token is computed")));
    QVERIFY(chat.session().interventions().scope.everywhere());
    pictures("problem");
    QTest::keyClick(field, Qt::Key_Escape);  // takes back what was typed, nothing else
    QVERIFY(bar.scopeProblem().isEmpty() && field->text().isEmpty());
    QVERIFY(chat.session().interventions() == set);
    const int word = chat.session().firstTokenOfMessage(1) + 2;
    QTest::keyClicks(field, QStringLiteral("index=%1").arg(word));
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(chat.session().interventions().scope.filter, "index=" + std::to_string(word));
    QVERIFY(bar.chipTexts().contains(QStringLiteral("only index=%1 ×").arg(word)));
    pictures("chip");

    std::vector<RoutingRecordPtr> plain;
    for (int i = 0; i < chat.session().traceSize(); ++i)
        plain.push_back(chat.session().traceToken(i).routing);
    chat.bridge.run([](ChatSession& s) { s.regenerate(); });
    QVERIFY(QTest::qWaitFor([&] { return !chat.session().generating(); }, 20000));
    for (int i = chat.session().firstTokenOfMessage(1); i < chat.session().traceSize(); ++i) {
        const RoutingRecord& record = *chat.session().traceToken(i).routing;
        if (i == word)
            QVERIFY(std::ranges::all_of(record.layerSelected(0), [](auto e) { return e < 2; }));
        else
            QVERIFY(record == *plain[static_cast<std::size_t>(i)]);
    }
    for (auto* chip : bar.findChildren<QPushButton*>())
        if (chip->isVisible() && chip->text().startsWith(QLatin1String("only")))
            QTest::mouseClick(chip, Qt::LeftButton);
    QVERIFY(chat.session().interventions() == set);
}

void InterventionsTest::severalCellsShareOneMenu() {
    ScriptedChat chat(scriptSaying("the rain"));
    HeatmapPanel panel(chat.context);
    panel.resize(420, 700);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    HeatmapWidget& heatmap = panel.heatmap();
    const auto click = [&](int layer, int expert, Qt::KeyboardModifiers keys) {
        const QRect cell = heatmap.geometryOfCells().cellRect({{layer}, {expert}});
        QTest::mouseClick(&heatmap, Qt::LeftButton, keys, cell.center());
    };
    click(1, 2, Qt::NoModifier);
    click(3, 5, Qt::ControlModifier);
    click(0, 1, Qt::ControlModifier);
    click(0, 1, Qt::ControlModifier);  // and back
    const std::vector<ExpertSite> two{{{1}, {2}}, {{3}, {5}}};
    QVERIFY(heatmap.sitesWith(two[0]) == two);
    QMenu* menu = panel.makeCellMenu(two[0]);
    QVERIFY(menu->findChild<QAction*>(QStringLiteral("swap3")) == nullptr);
    QCOMPARE(menu->findChild<QAction*>(QStringLiteral("ablate"))->text(),
             QStringLiteral("Ablate 2 experts"));
    menu->findChild<QAction*>(QStringLiteral("ablate"))->trigger();
    QVERIFY(chat.session().interventions().ablate == two);
    panel.makeCellMenu(two[1])->findChild<QAction*>(QStringLiteral("bias-2"))->trigger();
    QCOMPARE(chat.session().interventions().bias.size(), std::size_t{2});
    savePicture(panel, QStringLiteral("panel-several-cells.png"));

    click(0, 0, Qt::NoModifier);  // a plain click: that cell alone
    QCOMPARE(heatmap.sitesWith({{0}, {0}}).size(), std::size_t{1});
    QTest::keyClick(&heatmap, Qt::Key_Right, Qt::ShiftModifier);
    QTest::keyClick(&heatmap, Qt::Key_Down, Qt::ShiftModifier);
    QCOMPARE(heatmap.sitesWith({{1}, {1}}).size(), std::size_t{4});
    QTest::keyClick(&heatmap, Qt::Key_Up, Qt::ShiftModifier);
    QCOMPARE(heatmap.sitesWith({{0}, {1}}).size(), std::size_t{2});
    QTest::keyClick(&heatmap, Qt::Key_Right);
    QCOMPARE(heatmap.sitesWith({{0}, {2}}).size(), std::size_t{1});
}

void InterventionsTest::theLegendNamesEveryShapeAndNoOther() {
    ScriptedChat chat(scriptSaying("the rain"));
    HeatmapPanel panel(chat.context);
    panel.show();
    QVERIFY(chat.load());
    QVERIFY(chat.talk("hello"));
    auto* legend = panel.findChild<HeatmapLegend*>();
    QVERIFY(legend->changeTexts().isEmpty());
    InterventionSet set = withAblated({}, {{0}, {0}});
    set = withForced(withExcluded(set, {{1}, {1}}), {{2}, {2}});
    set = withBias(withScale(set, {{0}, {3}}, 2), {{1}, {4}}, -1);
    set = withTopK(withSwap(set, {{3}, {0}}, ExpertId{5}), 3);
    chat.bridge.run([&](ChatSession& s) { s.setInterventions(set); });
    QCOMPARE(legend->changeTexts().join(QLatin1Char(' ')),
             QStringLiteral("ablated routed around forced swapped biased scaled top-k"));
    QVERIFY(legend->accessibleDescription().contains(QLatin1String("biased")));
    for (const bool dark : {true, false}) {
        chat.theme.setMode(dark ? Theme::Mode::Dark : Theme::Mode::Light);
        chat.theme.apply();
        for (const QSize size : {QSize(300, 520), QSize(460, 760)}) {
            panel.resize(size);
            savePicture(panel,
                        QStringLiteral("panel-every-change-%1-%2.png")
                            .arg(chat.theme.name())
                            .arg(size.width()));
        }
    }
    chat.bridge.run([](ChatSession& s) { s.setInterventions({.topK = 1}); });
    QCOMPARE(legend->changeTexts(), QStringList{QStringLiteral("top-k")});
}

void InterventionsTest::layersMaySelectDifferentlyMany() {
    for (const int layers : {5, 64}) {
        auto script = scriptSaying("the rain in the city and the river");
        script->config.numLayers = layers;
        ScriptedChat chat(script);
        HeatmapPanel panel(chat.context);
        InterventionBar bar(chat.bridge);
        panel.show();
        QVERIFY(chat.load());
        InterventionSet set = withTopKOf(withTopKOf({}, LayerId{0}, 1), LayerId{3}, 5);
        if (layers > 20) setLayerTopK(set.layerTopK, {LayerId{20}, LayerId{40}, 4});
        chat.bridge.run([&](ChatSession& s) { s.setInterventions(set); });
        QVERIFY(chat.talk("hello"));
        const RoutingRecord& last =
            *chat.session().traceToken(chat.session().traceSize() - 1).routing;
        QCOMPARE(last.layerSelected(0).size(), std::size_t{1});
        QCOMPARE(last.layerSelected(1).size(), std::size_t{2});
        QCOMPARE(last.layerSelected(3).size(), std::size_t{5});
        QVERIFY(bar.chipTexts().contains(QStringLiteral("top-k 0:1 ×")));
        QVERIFY(bar.chipTexts().contains(QStringLiteral("top-k 3:5 ×")));
        const HeatmapFrame& frame = panel.heatmap().frame();
        const auto shown = frame.choice.begin() + 3 * frame.numExperts;
        QCOMPARE(std::count_if(shown, shown + frame.numExperts, [](auto c) { return c > 0; }), 5);
        QVERIFY(describeCell(frame, {{3}, {0}}).endsWith(QStringLiteral("top 5 in this layer")));
        QVERIFY(!describeCell(frame, {{1}, {0}}).contains(QStringLiteral("in this layer")));
        QCOMPARE(panel.findChild<HeatmapLegend*>()->changeTexts(),
                 QStringList{QStringLiteral("top-k")});
        for (const bool dark : {true, false}) {
            chat.theme.setMode(dark ? Theme::Mode::Dark : Theme::Mode::Light);
            chat.theme.apply();
            for (const QSize size : {QSize(300, 520), QSize(460, 900)}) {
                panel.resize(size);
                savePicture(panel,
                            QStringLiteral("panel-layer-top-k-%1-%2-%3.png")
                                .arg(layers)
                                .arg(chat.theme.name())
                                .arg(size.width()));
            }
            bar.resize(420, 130);
            bar.show();
            savePicture(
                bar,
                QStringLiteral("bar-layer-top-k-%1-%2.png").arg(layers).arg(chat.theme.name()));
        }
    }
}

QTEST_MAIN(InterventionsTest)
#include "interventions_test.moc"
