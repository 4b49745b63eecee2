#include "ui/window/profile_settings.h"

#include <fmt/format.h>

#include <QDir>
#include <QWidget>
#include <system_error>

#include "engine/error.h"
#include "ui/composing/stop_text.h"
#include "ui/language/language.h"
#include "ui/theme/theme_choice.h"

namespace gatescope {
namespace {

constexpr int kRecentModels = 5;

QString windowFile(const std::filesystem::path& profileDir) {
    return QString::fromStdString((profileDir / "window.ini").string());
}

QString settingsFile(const std::filesystem::path& profileDir) {
    std::error_code error;
    std::filesystem::create_directories(profileDir, error);
    if (error || !std::filesystem::is_directory(profileDir))
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: the profile folder cannot be made: {}",
                                profileDir.string(),
                                error ? error.message() : "it is not a folder"));
    return windowFile(profileDir);
}

QString key(const char* name) {
    return QString::fromLatin1(name);
}

}  // namespace

ProfileSettings::ProfileSettings(const std::filesystem::path& profileDir)
    : store_(settingsFile(profileDir), QSettings::IniFormat) {}

QString languageIn(const std::filesystem::path& profileDir) {
    const QSettings store(windowFile(profileDir), QSettings::IniFormat);
    return store.value(key("language"), QLatin1String(kSystemLanguage)).toString();
}

QString ProfileSettings::language() const {
    return store_.value(key("language"), QLatin1String(kSystemLanguage)).toString();
}

void ProfileSettings::setLanguage(const QString& choice) {
    store_.setValue(key("language"), choice);
}

QString ProfileSettings::themeName() const {
    const QString name = store_.value(key("theme")).toString();
    return ThemeChoice::names().contains(name) ? name : QStringLiteral("dark");
}

void ProfileSettings::saveThemeName(const QString& name) {
    store_.setValue(key("theme"), name);
}

int ProfileSettings::textSize() const {
    return store_.value(key("textSize"), 100).toInt();
}

void ProfileSettings::saveTextSize(int percent) {
    store_.setValue(key("textSize"), percent);
}

bool ProfileSettings::reducedMotion() const {
    return store_.value(key("reducedMotion"), false).toBool();
}

void ProfileSettings::saveReducedMotion(bool reduced) {
    store_.setValue(key("reducedMotion"), reduced);
}

bool ProfileSettings::notifies() const {
    return store_.value(key("notify/replies"), true).toBool();
}

void ProfileSettings::setNotifies(bool on) {
    store_.setValue(key("notify/replies"), on);
}

bool ProfileSettings::learnsHeat() const {
    return store_.value(key("learnHeat"), true).toBool();
}

void ProfileSettings::setLearnsHeat(bool on) {
    store_.setValue(key("learnHeat"), on);
}

bool ProfileSettings::noticesShowText() const {
    return store_.value(key("notify/text"), false).toBool();
}

void ProfileSettings::setNoticesShowText(bool on) {
    store_.setValue(key("notify/text"), on);
}

void ProfileSettings::restoreGeometry(QWidget& window) const {
    const QByteArray geometry = store_.value(key("geometry")).toByteArray();
    if (!geometry.isEmpty()) window.restoreGeometry(geometry);
}

void ProfileSettings::saveGeometry(const QWidget& window) {
    store_.setValue(key("geometry"), window.saveGeometry());
}

void ProfileSettings::restoreReplySettings(EngineBridge& bridge) const {
    const auto real = [this](const char* name, float fallback) {
        return store_.value(key(name), static_cast<double>(fallback)).toFloat();
    };
    ReplyOptions reply;
    SamplerConfig& sampler = reply.sampler;
    sampler.temperature = real("reply/temperature", sampler.temperature);
    sampler.topP = real("reply/topP", sampler.topP);
    sampler.topK = store_.value(key("reply/topK"), sampler.topK).toInt();
    sampler.minP = real("reply/minP", sampler.minP);
    sampler.repetitionPenalty = real("reply/repetitionPenalty", sampler.repetitionPenalty);
    sampler.seed = store_.value(key("reply/seed"), 0).toULongLong();
    reply.maxTokens = store_.value(key("reply/maxTokens"), reply.maxTokens).toInt();
    reply.stopStrings = stopStringsOf(store_.value(key("reply/stop")).toString());
    reply.speculation = store_.value(key("reply/speculation"), false).toBool();
    try {
        validate(reply);
    } catch (const Error&) {  // not worth a sentence at start: the defaults are shown and used
        reply = {};
    }
    bridge.session().setReplyOptions(reply);
}

void ProfileSettings::saveReplySettings(const EngineBridge& bridge) {
    const ReplyOptions& reply = bridge.session().replyOptions();
    const SamplerConfig& sampler = reply.sampler;
    store_.setValue(key("reply/temperature"), static_cast<double>(sampler.temperature));
    store_.setValue(key("reply/topP"), static_cast<double>(sampler.topP));
    store_.setValue(key("reply/topK"), sampler.topK);
    store_.setValue(key("reply/minP"), static_cast<double>(sampler.minP));
    store_.setValue(key("reply/repetitionPenalty"), static_cast<double>(sampler.repetitionPenalty));
    store_.setValue(key("reply/seed"), static_cast<qulonglong>(sampler.seed));
    store_.setValue(key("reply/maxTokens"), reply.maxTokens);
    store_.setValue(key("reply/stop"), stopText(reply.stopStrings));
    store_.setValue(key("reply/speculation"), reply.speculation);
}

QStringList ProfileSettings::recentModels() const {
    return store_.value(key("recentModels")).toStringList();
}

void ProfileSettings::addRecentModel(const QString& model) {
    QStringList models = recentModels();
    models.removeAll(model);
    models.prepend(model);
    store_.setValue(key("recentModels"), QStringList(models.mid(0, kRecentModels)));
}

TintSetting ProfileSettings::tint() const {
    TintSetting tint;
    tint.quantity = tintNamed(store_.value(key("tint/by")).toString()).value_or(TintQuantity::None);
    tint.layers = layersNamed(store_.value(key("tint/layers")).toString()).value_or(TintLayers{});
    tint.numbers = store_.value(key("tint/numbers"), false).toBool();
    return tint;
}

void ProfileSettings::saveTint(const TintSetting& tint) {
    store_.setValue(key("tint/by"), tintName(tint.quantity));
    store_.setValue(key("tint/layers"), layersText(tint.layers));
    store_.setValue(key("tint/numbers"), tint.numbers);
}

QStringList ProfileSettings::filterHistory() const {
    return store_.value(key("filterHistory")).toStringList();
}

void ProfileSettings::saveFilterHistory(const QStringList& history) {
    store_.setValue(key("filterHistory"), history);
}

std::set<std::string> ProfileSettings::closedFolders() const {
    std::set<std::string> folders;
    for (const QString& folder : store_.value(key("closedFolders")).toStringList())
        folders.insert(folder.toStdString());
    return folders;
}

void ProfileSettings::saveClosedFolders(const std::set<std::string>& folders) {
    QStringList names;
    for (const std::string& folder : folders) names << QString::fromStdString(folder);
    store_.setValue(key("closedFolders"), names);
}

QString ProfileSettings::lastFolder() const {
    return store_.value(key("lastFolder"), QDir::homePath()).toString();
}

void ProfileSettings::setLastFolder(const QString& folder) {
    store_.setValue(key("lastFolder"), folder);
}

QString ProfileSettings::decoder() const {
    return store_.value(key("decoder")).toString() == QLatin1String("cuda") ? QStringLiteral("cuda")
                                                                            : QStringLiteral("cpu");
}

void ProfileSettings::setDecoder(const QString& kind) {
    store_.setValue(key("decoder"), kind);
}

void ProfileSettings::saveOpenWork(const OpenWork& work) {
    store_.beginGroup(key("openWork"));
    store_.setValue(key("model"), work.model);
    store_.setValue(key("decoder"), work.decoder);
    store_.setValue(key("conversation"), static_cast<qlonglong>(work.conversation.value_or(0)));
    store_.setValue(key("recording"), work.recording);
    store_.setValue(key("composerText"), work.composerText);
    store_.endGroup();
    store_.sync();
}

std::optional<OpenWork> ProfileSettings::takeOpenWork() {
    if (!store_.contains(key("openWork/model"))) return std::nullopt;
    OpenWork work;
    work.model = store_.value(key("openWork/model")).toString();
    work.decoder = store_.value(key("openWork/decoder")).toString();
    const auto conversation = store_.value(key("openWork/conversation")).toLongLong();
    if (conversation > 0) work.conversation = conversation;
    work.recording = store_.value(key("openWork/recording")).toString();
    work.composerText = store_.value(key("openWork/composerText")).toString();
    store_.remove(key("openWork"));
    return work;
}

}  // namespace gatescope
