#include "ui/composing/own_settings.h"

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

#include "engine/error.h"

namespace gatescope {
namespace {

/// An editor saves in several steps.
constexpr int kSettleMs = 150;

QString pathText(const std::filesystem::path& path) {
    return QString::fromStdString(path.string());
}

}  // namespace

OwnSettings::OwnSettings(EngineBridge& bridge,
                         const std::filesystem::path& profileDir,
                         QObject* parent)
    : QObject(parent),
      bridge_(bridge),
      presetFolder_(profileDir / "presets"),
      templateFolder_(profileDir / "templates") {
    disk_.setMaxThreadCount(1);
    changed_.setSingleShot(true);
    connect(&changed_, &QTimer::timeout, this, &OwnSettings::readAgain);
    const auto soon = [this] { changed_.start(kSettleMs); };
    connect(&watcher_, &QFileSystemWatcher::directoryChanged, this, soon);
    connect(&watcher_, &QFileSystemWatcher::fileChanged, this, soon);
    readAgain();
}

OwnSettings::~OwnSettings() {
    disk_.waitForDone();
}

void OwnSettings::readAgain() {
    change({});
}

/// Runs `work` beside this thread, then reads what the folders hold.
void OwnSettings::change(std::function<void()> work) {
    disk_.start([this,
                 work = std::move(work),
                 presets = presetFolder_,
                 templates = templateFolder_] {
        QString problem;
        try {
            if (work) work();
        } catch (const std::exception& error) {
            problem = QString::fromStdString(error.what());
        }
        auto read = std::make_shared<Read>(Read{readPresets(presets), readTemplates(templates)});
        QMetaObject::invokeMethod(
            this,
            [this, read, problem] {
                take(std::move(*read));
                if (!problem.isEmpty()) Q_EMIT problemFound(problem);
            },
            Qt::QueuedConnection);
    });
}

void OwnSettings::take(Read read) {
    QStringList watched;
    for (const auto* folder : {&presetFolder_, &templateFolder_}) {
        std::error_code absent;
        if (std::filesystem::is_directory(*folder, absent)) watched << pathText(*folder);
    }
    for (const ReplyPreset& preset : read.presets.found)
        watched << pathText(presetFolder_ / (preset.name + ".json"));
    for (const PromptTemplate& t : read.templates.found)
        watched << pathText(templateFolder_ / (t.name + ".json"));
    if (!watched.isEmpty()) watcher_.addPaths(watched);

    std::vector<std::string> problems = std::move(read.presets.problems);
    problems.insert(problems.end(), read.templates.problems.begin(), read.templates.problems.end());
    if (presets_ != read.presets.found) {
        presets_ = std::move(read.presets.found);
        Q_EMIT presetsChanged();
    }
    const auto& all = bridge_.session().templates().all();
    const auto own = all.begin() + static_cast<std::ptrdiff_t>(PromptTemplates().all().size());
    if (!std::equal(own, all.end(), read.templates.found.begin(), read.templates.found.end())) {
        bridge_.run([&](ChatSession& session) {
            session.setOwnTemplates(std::move(read.templates.found));
        });
        Q_EMIT templatesChanged();
    }
    for (const std::string& problem : problems)
        if (std::ranges::find(toldOf_, problem) == toldOf_.end())
            Q_EMIT problemFound(QString::fromStdString(problem));
    toldOf_ = std::move(problems);
}

void OwnSettings::savePreset(const ReplyPreset& preset) {
    change([folder = presetFolder_, preset] { writePreset(folder, preset); });
}

void OwnSettings::removePreset(const std::string& name) {
    change([folder = presetFolder_, name] { removeSettings(folder, name); });
}

void OwnSettings::saveTemplate(const PromptTemplate& t) {
    change([folder = templateFolder_, t] { writeTemplate(folder, t); });
}

void OwnSettings::removeTemplate(const std::string& name) {
    change([folder = templateFolder_, name] { removeSettings(folder, name); });
}

}  // namespace gatescope
