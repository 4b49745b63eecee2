#include "ui/window/palette_entries.h"

#include <QAction>
#include <QCoreApplication>
#include <QFileInfo>
#include <algorithm>

#include "engine/settings/prompt_template.h"
#include "ui/chat/visible_text.h"
#include "ui/language/engine_words.h"
#include "ui/main_window.h"
#include "ui/window/profile_settings.h"
#include "ui/window/window_actions.h"

namespace gatescope {
namespace {

constexpr std::size_t kMostConversations = 1000;  ///< a letter typed must not be felt

struct PaletteEntriesText {
    Q_DECLARE_TR_FUNCTIONS(PaletteEntries)
};

void addActions(std::vector<PaletteEntry>& entries, const WindowActions& actions) {
    for (QAction* action : actions.all()) {
        if (action == actions.commandPalette) continue;  // it is open already
        entries.push_back({.id = action->objectName(),
                           .title = WindowActions::nameOf(action),
                           .where = actions.placeOf(action),
                           .keys = action->shortcut().toString(QKeySequence::NativeText),
                           .whyNot = WindowActions::needsOf(action),
                           .icon = action->icon(),
                           .enabled = action->isEnabled(),
                           .checked = action->isCheckable() && action->isChecked(),
                           .run = [action] { action->trigger(); }});
    }
}

void addTemplates(std::vector<PaletteEntry>& entries, MainWindow& window) {
    const std::string& inUse = window.bridge().session().templateName();
    for (const PromptTemplate& t : window.bridge().session().templates().all()) {
        const QString name = QString::fromStdString(t.name);
        entries.push_back(
            {.id = QStringLiteral("template:") + name,
             .title = PaletteEntriesText::tr("Write as: %1").arg(engineWords(t.title)),
             .where = PaletteEntriesText::tr("Prompt template"),
             .keys = {},
             .whyNot = {},
             .icon = window.theme().icon(QStringLiteral("chat")),
             .checked = t.name == inUse,
             .run = [&window, name] { window.setTemplate(name); }});
    }
}

void addPresets(std::vector<PaletteEntry>& entries, MainWindow& window) {
    for (const QString& name : window.presetNames())
        entries.push_back(
            {.id = QStringLiteral("preset:") + name,
             .title = PaletteEntriesText::tr("Reply settings: %1").arg(visibleLine(name)),
             .where = PaletteEntriesText::tr("Preset"),
             .keys = {},
             .whyNot = {},
             .icon = window.theme().icon(QStringLiteral("settings")),
             .run = [&window, name] { window.choosePreset(name); }});
}

void addModels(std::vector<PaletteEntry>& entries,
               MainWindow& window,
               const ProfileSettings& settings) {
    for (const QString& model : settings.recentModels())
        entries.push_back(
            {.id = QStringLiteral("model:") + model,
             .title =
                 PaletteEntriesText::tr("Open %1").arg(visibleLine(QFileInfo(model).fileName())),
             .where = PaletteEntriesText::tr("Recent model › %1").arg(visibleLine(model)),
             .keys = {},
             .whyNot = {},
             .icon = window.theme().icon(QStringLiteral("model")),
             .run = [&window, model] { window.openModel(model); }});
}

void addConversations(std::vector<PaletteEntry>& entries,
                      MainWindow& window,
                      std::optional<ConversationId> removing) {
    const auto& all = window.bridge().session().conversations();
    const auto current = window.bridge().session().currentConversation();
    for (std::size_t i = 0; i < std::min(all.size(), kMostConversations); ++i) {
        const ConversationId id = all[i].id;
        if (id == removing) continue;
        entries.push_back({.id = QStringLiteral("conversation:%1").arg(id),
                           .title = visibleLine(QString::fromStdString(all[i].title)),
                           .where = PaletteEntriesText::tr("Conversation"),
                           .keys = {},
                           .whyNot = {},
                           .icon = window.theme().icon(QStringLiteral("chat")),
                           .checked = current == id,
                           .run = [&window, id] {
                               window.bridge().run(
                                   [id](ChatSession& session) { session.openConversation(id); });
                           }});
    }
}

}  // namespace

std::vector<PaletteEntry> paletteEntries(MainWindow& window,
                                         const WindowActions& actions,
                                         const ProfileSettings& settings,
                                         std::optional<ConversationId> removing) {
    std::vector<PaletteEntry> entries;
    addActions(entries, actions);
    addTemplates(entries, window);
    addPresets(entries, window);
    addModels(entries, window, settings);
    addConversations(entries, window, removing);
    return entries;
}

}  // namespace gatescope
