// The Model dock: the tensor tree keeps its promises, the list, a histogram, the routers and the
// fingerprint are the engine's, read off the UI thread, and nothing is read while it is hidden.

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableWidget>
#include <QTest>
#include <QTreeView>
#include <map>
#include <set>

#include "engine/model/fingerprint.h"
#include "engine/model/open_model.h"
#include "tests/ui/window_fixture.h"
#include "ui/docks/histogram_view.h"
#include "ui/docks/model_panel.h"
#include "ui/docks/plan_check.h"
#include "ui/models/tensor_tree_model.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

std::string tinyA() {
    return (test::dataDir() / "tiny-a").string();
}

/// A window whose engine computes: the panel reads a model's files, which a script has not.
class TinyWindow {
  public:
    explicit TinyWindow(const char* decoder = "") {
        window_ = std::make_unique<MainWindow>(
            MainWindow::Options{.profileDir = profile_.path(),
                                .defaultModel = QString::fromStdString(tinyA()),
                                .makeCharts = {},
                                .decoder = text(decoder)});
        window_->resize(1366, 900);
        window_->show();
        window_->showView(text("chat"));  // where the dock is not
        window_->openModel({});
    }
    bool opened() {
        return WindowFixture::waitFor([this] { return session().model() != nullptr; });
    }
    /// Shows the dock and waits for its list.
    bool listed() {
        return opened() && window_->showView(text("model")) &&
               WindowFixture::waitFor([this] { return tree().model()->rowCount() > 0; });
    }
    MainWindow& window() { return *window_; }
    ChatSession& session() { return window_->bridge().session(); }
    QTreeView& tree() { return *window_->findChild<QTreeView*>(text("tensorTree")); }
    ModelPanel& panel() { return *window_->findChild<ModelPanel*>(text("modelPanel")); }
    void picture(const char* name) { WindowFixture::picture(*window_, name); }

  private:
    test::ScratchDir profile_;
    std::unique_ptr<MainWindow> window_;
};

}  // namespace

class ModelPanelTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void theTreeKeepsItsPromises();
    void theTreeHoldsEveryParameterOnce();
    void nothingIsReadWhileItIsHidden();
    void theListAHistogramAndTheFingerprintAreTheModels();
    void filteringKeepsWhatMatches();
    void routersShowWhatChanceGives();
    void thePlanIsTheOneItWasLoadedBy();
    void everyByteHasAPlaceOfThePlan_data();
    void everyByteHasAPlaceOfThePlan();
    void whatDoesNotFitIsToldBeforeItIsRead();
    void predictedStandsBesideMeasured();
};

void ModelPanelTest::theTreeKeepsItsPromises() {
    TensorTreeModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setTensors(openModel(tinyA())->layouts(), text("CPU"));
    QCOMPARE(model.rowCount(), 5);  // outside the layers, and 4 of them
    model.clear();
    QCOMPARE(model.rowCount(), 0);
}

void ModelPanelTest::theTreeHoldsEveryParameterOnce() {
    TensorTreeModel model;
    const auto source = openModel(tinyA());
    model.setTensors(source->layouts(), text("CPU"));
    std::set<std::size_t> seen;
    for (int group = 0; group < model.rowCount(); ++group) {
        const QModelIndex parent = model.index(group, 0);
        for (int row = 0; row < model.rowCount(parent); ++row) {
            const TensorRow* tensor = model.tensorAt(model.index(row, 0, parent));
            QVERIFY(tensor != nullptr);
            QVERIFY(seen.insert(tensor->tensor).second);
            QCOMPARE(
                model.index(row, TensorTreeModel::Shape, parent).data().toString().toStdString(),
                shapeText(source->layouts()[tensor->tensor].slot.shape));
            QCOMPARE(tensor->layout.slot.layer, group - 1);
        }
    }
    QCOMPARE(seen.size(), source->layouts().size());
    QCOMPARE(model.index(1, 0).data().toString(), text("Layer 0"));
}

void ModelPanelTest::nothingIsReadWhileItIsHidden() {
    TinyWindow w;
    QVERIFY(w.opened());
    QTest::qWait(100);  // whatever would have been begun
    QCOMPARE(w.tree().model()->rowCount(), 0);
    QVERIFY(w.listed());
}

void ModelPanelTest::theListAHistogramAndTheFingerprintAreTheModels() {
    TinyWindow w;
    QVERIFY(w.listed());
    const auto source = openModel(tinyA());
    QVERIFY2(w.panel().headline().contains(QString::number(source->layouts().size())),
             qPrintable(w.panel().headline()));
    w.tree().expand(w.tree().model()->index(1, 0));
    w.tree().setCurrentIndex(w.tree().model()->index(0, 0, w.tree().model()->index(1, 0)));
    QVERIFY(
        WindowFixture::waitFor([&] { return w.panel().detail().startsWith(text("MEASURED")); }));
    const auto expected = tensorHistogram(*source, 2, 48, {});
    QVERIFY(
        w.panel().detail().contains(QLocale().toString(static_cast<qulonglong>(expected->values))));
    QVERIFY(w.panel().detail().contains(QString::number(expected->deviation, 'g', 4)));
    w.window().setTheme(text("light"));
    w.picture("model-panel-light");
    w.window().setTheme(text("dark"));
    w.picture("model-panel-dark");
    w.window().findChild<QPushButton*>(text("fingerprint"))->click();
    const QString fingerprint = QString::fromStdString(modelFingerprint(*source));
    QVERIFY(WindowFixture::waitFor([&] { return w.panel().detail().contains(fingerprint); }));
}

void ModelPanelTest::filteringKeepsWhatMatches() {
    TinyWindow w;
    QVERIFY(w.listed());
    auto* line = w.panel().findChild<QLineEdit*>();
    QTest::keyClicks(line, text("router"));
    const QAbstractItemModel& shown = *w.tree().model();
    QCOMPARE(shown.rowCount(), 4);
    for (int group = 0; group < 4; ++group) QCOMPARE(shown.rowCount(shown.index(group, 0)), 1);
    line->clear();
    QCOMPARE(shown.rowCount(), 5);
}

void ModelPanelTest::routersShowWhatChanceGives() {
    TinyWindow w;
    QVERIFY(w.listed());
    w.window().setTheme(text("light"));
    w.panel().findChild<QPushButton*>(text("readRouters"))->click();
    auto* table = w.panel().findChild<QTableWidget*>(text("routerTable"));
    QVERIFY(WindowFixture::waitFor([&] { return table->rowCount() > 0; }));
    const auto routers = readRouterGeometry(*openModel(tinyA()), {});
    const RouterGeometry& g = routers->front();
    QCOMPARE(table->rowCount(), g.numExperts);
    QCOMPARE(table->item(2, 0)->text(), QString::number(g.norms[2], 'f', 2));
    QCOMPARE(table->item(2, 6)->text(), QString::number(g.cosine(2, 5), 'f', 2));
    QVERIFY(w.panel()
                .findChild<QLabel*>(text("routerNote"))
                ->text()
                .contains(QString::number(2 * g.chanceDeviation, 'f', 3)));
    w.panel().findChild<QTabWidget*>()->setCurrentIndex(1);
    w.picture("model-panel-routers");
}

void ModelPanelTest::thePlanIsTheOneItWasLoadedBy() {
    TinyWindow w;
    QVERIFY(w.listed());
    const MemoryPlan& plan = w.session().model()->plan;
    const DeviceShare& share = plan.devices.front();
    auto* table = w.panel().findChild<QTableWidget*>(text("planTable"));
    QCOMPARE(table->columnCount(), static_cast<int>(plan.devices.size()));
    QCOMPARE(table->horizontalHeaderItem(0)->text().toStdString(), share.device);
    const std::uint64_t expected[] = {share.weightBytes,
                                      share.cacheBytes,
                                      share.branchBytes,
                                      share.reserveBytes,
                                      share.neededBytes(),
                                      share.availableBytes};
    QCOMPARE(table->rowCount(), 6);
    for (int row = 0; row < 6; ++row)
        QCOMPARE(table->item(row, 0)->text().toStdString(), bytesText(expected[row]));
    // The tree's place is where the plan puts weights, and its bytes are the plan's.
    QVERIFY(w.panel().headline().endsWith(QString::fromStdString(share.device)));
    QVERIFY(w.panel().headline().contains(QString::fromStdString(bytesText(share.weightBytes))));
    const auto* note = w.panel().findChild<QLabel*>(text("planNote"));
    for (const std::string& reason : plan.reasons)
        QVERIFY2(note->text().contains(QString::fromStdString(reason)), qPrintable(note->text()));
    w.panel().findChild<QTabWidget*>()->setCurrentIndex(2);
    for (const char* look : {"light", "dark"}) {
        w.window().setTheme(text(look));
        w.picture(qPrintable(QStringLiteral("model-panel-plan-%1").arg(text(look))));
    }
}

void ModelPanelTest::everyByteHasAPlaceOfThePlan_data() {
    QTest::addColumn<QByteArray>("decoder");
    QTest::newRow("on the CPU") << QByteArray("cpu");
#ifdef GATESCOPE_EMULATED_CUDA
    QTest::newRow("on a GPU, emulated") << QByteArray("cuda");
#endif
}

void ModelPanelTest::everyByteHasAPlaceOfThePlan() {
    QFETCH(QByteArray, decoder);
#ifdef GATESCOPE_EMULATED_CUDA
    qputenv("GATESCOPE_CUDA_LIBRARY", GATESCOPE_EMULATED_CUDA);
#endif
    TinyWindow w(decoder.constData());
    QVERIFY(w.listed());
    std::map<std::string, std::uint64_t> bytesAt;
    const TensorTreeModel& tree = w.panel().tensors();
    for (int group = 0; group < tree.rowCount(); ++group) {
        const QModelIndex parent = tree.index(group, 0);
        for (int row = 0; row < tree.rowCount(parent); ++row) {
            const TensorLayout& layout = tree.tensorAt(tree.index(row, 0, parent))->layout;
            const QModelIndex place = tree.index(row, TensorTreeModel::Place, parent);
            bytesAt[place.data().toString().toStdString()] +=
                layout.dataBytes() + layout.scaleBytes();
        }
    }
    const MemoryPlan& plan = w.session().model()->plan;
    QCOMPARE(plan.devices.size(), decoder == "cuda" ? std::size_t{2} : std::size_t{1});
    for (const DeviceShare& share : plan.devices) {
        QCOMPARE(bytesAt[share.device], share.weightBytes);
        bytesAt.erase(share.device);
    }
    QVERIFY(bytesAt.empty());
    qunsetenv("GATESCOPE_CUDA_LIBRARY");
}

void ModelPanelTest::whatDoesNotFitIsToldBeforeItIsRead() {
    TinyWindow w;
    QVERIFY(w.opened());
    // What it still reads of itself is not what this is about.
    QVERIFY(WindowFixture::waitFor([&] { return !w.session().loading(); }));
    QSignalSpy read(&w.window().bridge(), &EngineBridge::modelLoadProgress);
    w.window().openModel(text("synthetic:grok-1,layers=4096,dtype=f32"));  // 80 TB
    QVERIFY(WindowFixture::waitFor([&] { return !w.window().currentError().isEmpty(); }));
    const QString said = w.window().currentError();
    QVERIFY2(said.contains(text("does not fit")), qPrintable(said));
    QVERIFY2(said.contains(text("are free")), qPrintable(said));
    for (const QList<QVariant>& progress : read) QCOMPARE(progress[0].toULongLong(), 0U);
}

void ModelPanelTest::predictedStandsBesideMeasured() {
    WindowFixture f;
    f.script().tokenDelay = std::chrono::milliseconds(5);
    f.setReplies({" one two three four five six seven eight"});
    f.openWithModel();
    QVERIFY(f.window().showView(text("model")));
    auto* panel = f.find<ModelPanel>("modelPanel");
    panel->showPage(ModelPanel::Page::Plan);
    auto* check = f.find<PlanCheck>("planCheck");
    auto* table = f.find<QTableWidget>("planCheckTable");
    QVERIFY(!table->isVisible());
    GenerationFinished last;
    QObject::connect(&f.window().bridge(),
                     &EngineBridge::generationEnded,
                     check,
                     [&](const GenerationFinished& finished) { last = finished; });
    QVERIFY(f.say(text("count")));
    QVERIFY(WindowFixture::waitFor([&] { return table->isVisible(); }));
    const double measured =
        (last.timings.generatedTokens - 1) * 1e6 / static_cast<double>(last.timings.decode.count());
    QVERIFY2(measured > 10 && measured <= 200, qPrintable(QString::number(measured)));
    QCOMPARE(check->measured(), measured);
    QVERIFY(check->predicted() > 0);
    QCOMPARE(table->horizontalHeaderItem(0)->text(), text("predicted"));
    QCOMPARE(table->horizontalHeaderItem(1)->text(), text("measured"));
    QCOMPARE(table->item(0, 2)->text(), QString::number(measured / check->predicted(), 'f', 2));
    // Memory: as planned, and what a process that draws a window takes at least.
    const MemoryPlan& plan = f.session().model()->plan;
    QCOMPARE(table->rowCount(), 1 + static_cast<int>(plan.devices.size()));
    QCOMPARE(table->item(1, 0)->text().toStdString(),
             bytesText(plan.devices.front().neededBytes()));
    QVERIFY(table->item(1, 1)->text().contains(text("MiB")) ||
            table->item(1, 1)->text().contains(text("GiB")));
    for (const char* look : {"light", "dark"}) {
        f.window().setTheme(text(look));
        f.picture(qPrintable(text("model-panel-predicted-%1").arg(text(look))));
    }
    f.window().resize(900, 600);
    QTest::qWait(50);
    f.picture("model-panel-predicted-small");
}

QTEST_MAIN(ModelPanelTest)
#include "model_panel_test.moc"
