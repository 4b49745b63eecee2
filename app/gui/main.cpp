// gatescope: options -> MainWindow. Contract: design page, section 5.
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QApplication>
#include <QDir>
#include <QProcess>
#include <QSocketNotifier>
#include <QStandardPaths>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "app/command_line.h"
#include "app/exit_status.h"
#include "app/gui/single_instance.h"
#include "app/gui/tour_player.h"
#include "app/mapped_fault.h"
#include "engine/error.h"
#include "engine/model/native/start_copies.h"
#include "ui/language/language.h"
#include "ui/main_window.h"
#include "ui/window/profile_settings.h"
#ifdef GATESCOPE_WITH_CHARTS
#include "ui/charts/charts.h"
#endif

namespace {

namespace fs = std::filesystem;
using gatescope::Error;
using gatescope::ErrorKind;
using gatescope::MainWindow;

struct Arguments {
    std::string source;  ///< MODEL or FILE.gscope; empty: the default model
    std::string tour;
    std::string screenshots;
    std::string profileDir;
    std::string decoder;   ///< empty: the one chosen last
    std::string language;  ///< empty: as the profile's settings say
};

struct Ending {
    int status = gatescope::kExitOk;
    bool startAgain = false;
};

void printError(const std::string& sentence) {
    std::fprintf(stderr, "error: %s\n", sentence.c_str());
}

// ---------------------------------------------------------------- signals

int signalPipe[2] = {-1, -1};
volatile std::sig_atomic_t caughtSignal = 0;

// Only what is allowed in a signal handler: the event loop does the rest.
extern "C" void onSignal(int number) {
    caughtSignal = number;
    const char byte = 1;
    [[maybe_unused]] const auto written = ::write(signalPipe[0], &byte, 1);
}

void closeOnSignals(MainWindow& window) {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, signalPipe) != 0)
        throw Error(ErrorKind::DeviceFault, "the signal socket could not be made");
    auto* notifier = new QSocketNotifier(signalPipe[1], QSocketNotifier::Read, &window);
    QObject::connect(notifier, &QSocketNotifier::activated, &window, [&window, notifier] {
        notifier->setEnabled(false);
        window.close();
        QCoreApplication::exit(gatescope::kExitInterrupted);
    });
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, onSignal);
}

// ---------------------------------------------------------------- places

bool isModelDirectory(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path / "ckpt-0", error);
}

/// GATESCOPE_MODEL, else the bundled model of an installation or of the source tree; else nothing.
std::string findDefaultModel() {
    if (const char* fromEnvironment = std::getenv("GATESCOPE_MODEL");
        fromEnvironment != nullptr && *fromEnvironment != '\0')
        return fromEnvironment;
    const fs::path program = QCoreApplication::applicationDirPath().toStdString();
    for (const fs::path& place :
         {program / "../share/gatescope/demo/model", fs::path(GATESCOPE_DEMO_MODEL_DIR)})
        if (isModelDirectory(place)) return fs::weakly_canonical(place).string();
    return {};
}

fs::path profileDirectory(const Arguments& arguments) {
    if (!arguments.profileDir.empty()) return arguments.profileDir;
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation).toStdString();
}

/// As another process finds it, whose working folder may be another one. What is no file (a
/// synthetic: model) is left as it is.
QString sourceFromAnywhere(const std::string& source) {
    std::error_code ignored;
    if (source.empty() || !fs::exists(source, ignored)) return QString::fromStdString(source);
    return QString::fromStdString(fs::absolute(source).string());
}

// ---------------------------------------------------------------- Qt's own complaints

// A platform that cannot start is fatal for Qt: say it in our words instead of dumping core.
void handleQtMessage(QtMsgType type, const QMessageLogContext& context, const QString& message) {
    Q_UNUSED(context);
    if (message.contains(QLatin1String("does not support propagateSizeHints"))) return;
    if (type == QtFatalMsg) {
        printError("the window cannot be opened: " +
                   message.section(QLatin1Char('\n'), 0, 0).toStdString());
        std::_Exit(gatescope::exitStatus(ErrorKind::DeviceFault));
    }
    std::fprintf(stderr, "%s\n", message.toLocal8Bit().constData());
}

void requireDisplay() {
    for (const char* name : {"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"})
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return;
    throw Error(ErrorKind::DeviceFault,
                "there is no display: start Gatescope in a desktop session, or set "
                "QT_QPA_PLATFORM=offscreen to play a tour without one");
}

// ---------------------------------------------------------------- the program

void exitAfter(gatescope::TourPlayer& tour, MainWindow& window) {
    QObject::connect(&tour, &gatescope::TourPlayer::finished, &window, [&window](bool stay) {
        if (stay) return;
        window.close();
        QCoreApplication::exit(gatescope::kExitOk);
    });
    QObject::connect(
        &tour, &gatescope::TourPlayer::failed, &window, [&window](const QString& sentence) {
            printError(sentence.toStdString());
            window.close();
            QCoreApplication::exit(gatescope::kExitTourFailed);
        });
}

/// A GPU that a process has lost serves only another one. The profile knows what was open.
void startAgain(const Arguments& arguments) {
    QStringList options;
    if (!arguments.profileDir.empty())
        options << QStringLiteral("--profile-dir") << QString::fromStdString(arguments.profileDir);
    if (!QProcess::startDetached(QCoreApplication::applicationFilePath(), options))
        throw Error(ErrorKind::DeviceFault,
                    "Gatescope could not be started again; start it yourself, it opens what was "
                    "open");
}

void open(MainWindow& window, const QString& source) {
    if (source.endsWith(QLatin1String(".gscope")))
        window.openRecording(source);
    else
        window.openModel(source);
}

/// What a later start on the same profile asks for: it ends, and this window does it.
bool takeOver(MainWindow& window, const QString& source) {
    if (!window.isVisible()) return false;  // closing: the other one becomes the next window
    window.comeToFront();
    if (!source.isEmpty()) open(window, source);
    return true;
}

Ending runWindow(const Arguments& arguments) {
    const fs::path profile = profileDirectory(arguments);
    const QString source = sourceFromAnywhere(arguments.source);
    gatescope::SingleInstance instance(profile);
    if (!arguments.tour.empty())
        instance.claimAlone();
    else if (instance.claim(source) == gatescope::SingleInstance::Role::Second)
        return {};
    MainWindow::Options options;
    options.profileDir = profile;
    options.defaultModel = QString::fromStdString(findDefaultModel());
    options.startCopies = gatescope::startCopyFolder();
#ifdef GATESCOPE_WITH_CHARTS
    options.makeCharts = gatescope::makeCharts;
#endif
    options.decoder = QString::fromStdString(arguments.decoder);
    MainWindow window(std::move(options));
    closeOnSignals(window);
    Ending ending;
    QObject::connect(&window, &MainWindow::restartRequested, &window, [&window, &ending] {
        ending.startAgain = true;
        window.close();
    });
    std::optional<gatescope::TourPlayer> tour;
    if (!arguments.tour.empty()) {
        tour.emplace(window, gatescope::loadTour(arguments.tour), arguments.screenshots);
        exitAfter(*tour, window);
    }
    window.show();
    instance.onAsked([&window](const QString& asked) { return takeOver(window, asked); });

    if (!source.isEmpty())
        open(window, source);
    else if (!tour)  // a tour opens what it needs
        window.openDefaultModelAtStart();
    if (tour) tour->start();
    ending.status = QApplication::exec();
    return ending;
}

std::optional<int> parse(int argc, char** argv, Arguments& arguments) {
    gatescope::CommandLine line("Talk to a Grok-1 class model and watch which experts answer.",
                                "gatescope",
                                GATESCOPE_VERSION);
    gatescope::Command root = line.root();
    root.option("source", arguments.source, "MODEL, or a recording FILE.gscope")
        .showAs("[MODEL | FILE.gscope]");
    root.option("--tour", arguments.tour, "play this tour, then exit").showAs("TOUR.json");
    root.option("--screenshots", arguments.screenshots, "where a tour's pictures and dumps go")
        .showAs("DIR");
    root.option("--profile-dir", arguments.profileDir, "conversations and settings are kept here")
        .showAs("DIR");
    root.option(
            "--decoder",
            arguments.decoder,
            "where models are computed: cpu, cuda or reference; without it, where they were last")
        .oneOf({"cpu", "cuda", "reference"});
    root.option("--language",
                arguments.language,
                "what the window speaks: en, de, zh_CN; without it, as its settings say")
        .oneOf({"en", "de", "zh_CN"});
    return line.parse(argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        Arguments arguments;
        if (const auto status = parse(argc, argv, arguments)) return *status;
        gatescope::explainMappedFaults();
        requireDisplay();
        qInstallMessageHandler(handleQtMessage);
        QCoreApplication::setApplicationName(QStringLiteral("gatescope"));
        QCoreApplication::setApplicationVersion(QStringLiteral(GATESCOPE_VERSION));
        QGuiApplication::setApplicationDisplayName(QStringLiteral("Gatescope"));
        QApplication application(argc, argv);
        gatescope::installLanguage(application,
                                   arguments.language.empty()
                                       ? gatescope::languageIn(profileDirectory(arguments))
                                       : QString::fromStdString(arguments.language));
        const Ending ending = runWindow(arguments);
        if (ending.startAgain) startAgain(arguments);  // now that the profile is free
        return ending.status;
    } catch (const Error& error) {
        printError(error.what());
        return gatescope::exitStatus(error.kind());
    } catch (const std::exception& error) {
        printError(error.what());
        return gatescope::exitStatus(ErrorKind::DeviceFault);
    }
}
