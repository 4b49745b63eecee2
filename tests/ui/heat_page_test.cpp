// The page Heat of the Model dock: what is said is learnt and seen at once, forgotten when a person
// wants it, and lies in the profile's file; and how it looks, small and large.

#include <QClipboard>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QTableView>
#include <QTest>
#include <fstream>
#include <random>

#include "engine/offload/heat_file.h"
#include "engine/offload/heat_keeper.h"
#include "engine/offload/keeping_rule.h"
#include "tests/ui/window_fixture.h"
#include "ui/docks/heat_page.h"
#include "ui/docks/heat_table_model.h"
#include "ui/docks/model_panel.h"

using namespace gatescope;
using test::WindowFixture;

namespace {

QString text(const char* utf8) {
    return QString::fromUtf8(utf8);
}

/// A window on a real model: a script has no weights that a fingerprint could be taken of.
class HeatWindow {
  public:
    explicit HeatWindow(const std::filesystem::path& model) {
        window_ = std::make_unique<MainWindow>(
            MainWindow::Options{.profileDir = profile_.path(),
                                .defaultModel = QString::fromStdString(model.string()),
                                .makeCharts = {},
                                .decoder = text("cpu")});
        window_->resize(1366, 900);
        window_->show();
        window_->openModel({});
    }
    bool ready() {
        return WindowFixture::waitFor([this] {
                   return session().model() && !session().model()->fingerprint.empty();
               }) &&
               showPage();
    }
    bool showPage() {
        if (!window_->showView(text("model"))) return false;
        panel().showPage(ModelPanel::Page::Heat);
        return WindowFixture::waitFor([this] { return page().isVisible(); });
    }
    bool say(const char* words) {
        window_->bridge().run([&](ChatSession& s) {
            s.setMaxTokens(12);
            s.send(words);
        });
        return WindowFixture::waitFor([this] { return !session().generating(); });
    }
    /// The page has counted all of these.
    bool shows(std::int64_t tokens) {
        return WindowFixture::waitFor(
            [&] { return page().note().contains(text("counted: %1;").arg(tokens)); });
    }
    QPushButton& button(const char* name) {
        return *window_->findChild<QPushButton*>(QString::fromLatin1(name));
    }
    MainWindow& window() { return *window_; }
    ChatSession& session() { return window_->bridge().session(); }
    HeatKeeper& heat() { return *window_->bridge().heat(); }
    ModelPanel& panel() { return *window_->findChild<ModelPanel*>(); }
    HeatPage& page() { return *window_->findChild<HeatPage*>(); }
    std::filesystem::path file() {
        return heatFile(profile_.path() / "heat", session().model()->fingerprint);
    }
    void close() { window_.reset(); }
    const std::filesystem::path& profile() const { return profile_.path(); }
    void picture(const char* name, QSize size = QSize(1366, 900)) {
        window_->resize(size);
        for (const char* look : {"dark", "light"}) {
            window_->setTheme(text(look));
            QTest::qWait(50);
            WindowFixture::picture(*window_,
                                   qPrintable(text("heat-%1-%2").arg(text(name), text(look))));
        }
    }

  private:
    test::ScratchDir profile_;
    std::unique_ptr<MainWindow> window_;
};

std::filesystem::path tinyA() {
    return test::dataDir() / "tiny-a";
}

}  // namespace

class HeatPageTest : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void whatIsSaidIsLearntAndShown();
    void aResetAsksAndCanBeUndone();
    void aRecordingTeachesNothing();
    void aDamagedFileIsSaidAndTheChatGoesOn();
    void theDemoModelLooksWell();
    void grokOnesShapeLooksWell();
};

void HeatPageTest::whatIsSaidIsLearntAndShown() {
    HeatWindow w(tinyA());
    QVERIFY(w.ready());
    QVERIFY(w.shows(0));
    QVERIFY(w.say("hello"));
    const int tokens = w.session().traceSize();
    QVERIFY(tokens > 12);
    QVERIFY2(w.shows(tokens), qPrintable(w.page().note()));
    QVERIFY(w.say("and more"));
    QVERIFY(w.shows(w.session().traceSize()));
    QCOMPARE(w.window().findChild<QLabel*>(text("heatFile"))->text().toStdString(),
             w.file().string());
    w.button("heatCopy").click();
    QCOMPARE(QApplication::clipboard()->text().toStdString(), w.file().string());
    // Each cell is the share that the file's heat gives.
    const Heat heat = *w.heat().known()->heat;
    const HeatTableModel& table = w.page().table();
    QCOMPARE(table.rowCount(), 4);
    QCOMPARE(table.columnCount(), 8);
    for (int layer = 0; layer < 4; ++layer)
        for (int expert = 0; expert < 8; ++expert) {
            QVERIFY(std::abs(table.share(layer, expert) - heat.share(layer, expert)) < 1e-12);
            const QModelIndex cell = table.index(layer, expert);
            QCOMPARE(cell.data().toString(),
                     QString::number(100 * heat.share(layer, expert), 'f', 1));
            QVERIFY(!cell.data(Qt::AccessibleTextRole).toString().isEmpty());
        }
    const QString served = QString::number(100 * shareOfHottest(heat, 8), 'f', 1);
    QVERIFY2(w.page().note().contains(text("25 % of all experts took %1 %").arg(served)),
             qPrintable(w.page().note()));
    const auto file = w.file();
    const int all = w.session().traceSize();
    w.close();
    QCOMPARE(readHeat(file).tokens(), std::int64_t{all});
    QVERIFY(readHeat(file) == heat);
}

void HeatPageTest::aResetAsksAndCanBeUndone() {
    HeatWindow w(tinyA());
    QVERIFY(w.ready());
    QVERIFY(w.say("hello"));
    const int tokens = w.session().traceSize();
    QVERIFY(w.shows(tokens));
    QVERIFY(!w.button("heatRestore").isVisible());
    const auto question = [&] {
        w.button("heatReset").click();
        return w.window().findChild<QMessageBox*>(text("heatResetQuestion"));
    };
    QMessageBox* box = question();
    QVERIFY(box != nullptr);
    box->button(QMessageBox::Cancel)->click();
    QTest::qWait(400);
    QVERIFY(w.shows(tokens));
    box = question();
    for (QAbstractButton* button : box->buttons())
        if (box->buttonRole(button) == QMessageBox::AcceptRole) button->click();
    QVERIFY(w.shows(0));
    QVERIFY(!std::filesystem::exists(w.file()));
    QVERIFY(WindowFixture::waitFor([&] { return w.button("heatRestore").isVisible(); }));
    w.button("heatRestore").click();
    QVERIFY(w.shows(tokens));
    QCOMPARE(readHeat(w.file()).tokens(), std::int64_t{tokens});
}

void HeatPageTest::aRecordingTeachesNothing() {
    HeatWindow w(tinyA());
    QVERIFY(w.ready());
    QVERIFY(w.say("hello"));
    const int tokens = w.session().traceSize();
    const auto file = w.profile() / "a.gscope";
    bool saved = false;
    w.session().saveRecording(file, [&](const auto& error) { saved = !error; });
    QVERIFY(WindowFixture::waitFor([&] { return saved; }));
    w.window().openRecording(QString::fromStdString(file.string()));
    QVERIFY(WindowFixture::waitFor([&] { return w.session().isReplay(); }));
    QVERIFY(WindowFixture::waitFor(
        [&] { return w.page().note().startsWith(text("Nothing is learnt from the recording")); }));
    QVERIFY(w.shows(tokens));
}

void HeatPageTest::aDamagedFileIsSaidAndTheChatGoesOn() {
    HeatWindow w(tinyA());
    QVERIFY(WindowFixture::waitFor(
        [&] { return w.session().model() && !w.session().model()->fingerprint.empty(); }));
    const auto file = w.file();
    w.heat().close();
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << "{broken";
    w.window().openModel({});
    QVERIFY(WindowFixture::waitFor(
        [&] { return w.window().currentError().contains(QString::fromStdString(file.string())); }));
    QVERIFY(w.ready());
    QVERIFY(w.say("hello"));
    QVERIFY(w.shows(w.session().traceSize()));
    QVERIFY2(w.page().note().contains(text("Not kept: ")), qPrintable(w.page().note()));
    w.picture("damaged");
}

void HeatPageTest::theDemoModelLooksWell() {
    HeatWindow w(std::string(GATESCOPE_SOURCE_DIR) + "/resources/demo/model");
    QVERIFY(w.ready());
    QVERIFY(w.say("The river runs"));
    QVERIFY(w.say("def main():"));
    QVERIFY(w.shows(w.session().traceSize()));
    w.picture("demo");
    w.picture("demo-small", QSize(900, 600));
}

void HeatPageTest::grokOnesShapeLooksWell() {
    HeatWindow w(tinyA());
    QVERIFY(w.ready());
    w.heat().open("grok-1", 64, 8);
    w.heat().identify("0123456789abcdef");
    std::mt19937 random(1);
    for (int token = 0; token < 500; ++token) {
        RoutingRecord record;
        record.numLayers = 64;
        record.numExperts = 8;
        record.numSelected = 2;
        for (int layer = 0; layer < 64; ++layer) {
            std::vector<double> weights(8, 1.0);
            weights[static_cast<std::size_t>(layer % 8)] = 4;
            for (int k = 0; k < 2; ++k) {
                const int expert =
                    std::discrete_distribution<int>(weights.begin(), weights.end())(random);
                weights[static_cast<std::size_t>(expert)] = 0;
                record.selected.push_back(expert);
            }
        }
        w.heat().learn(std::make_shared<const RoutingRecord>(std::move(record)));
    }
    QVERIFY(w.shows(500));
    QCOMPARE(w.page().table().rowCount(), 64);
    w.picture("grok-1");
    w.picture("grok-1-small", QSize(900, 600));
    // Keys walk it.
    auto* view = w.window().findChild<QTableView*>(text("heatTable"));
    view->setFocus();
    view->setCurrentIndex(view->model()->index(0, 0));
    QTest::keyClick(view, Qt::Key_Down);
    QTest::keyClick(view, Qt::Key_Right);
    QCOMPARE(view->currentIndex(), view->model()->index(1, 1));
}

QTEST_MAIN(HeatPageTest)
#include "heat_page_test.moc"
