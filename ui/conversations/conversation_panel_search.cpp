// The half of ConversationPanel that finds: words, conditions, routing.
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPointer>
#include <QStringListModel>

#include "ui/chat/visible_text.h"
#include "ui/chat/word_finder.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/conversations/routing_search.h"
#include "ui/models/conversation_list_model.h"

namespace gatescope {
namespace {

constexpr char kRoutingPrefix[] = "routing:";
constexpr int kSnippet = 160;  ///< units: more than any row shows

}  // namespace

// ---------------------------------------------------------------- search

void ConversationPanel::searchFor(const QString& text) {
    search_->setText(text);
    searchTimer_.stop();
    runSearch();
}

void ConversationPanel::focusSearch() {
    search_->setFocus(Qt::ShortcutFocusReason);
    search_->selectAll();
}

void ConversationPanel::runSearch() {
    const QString query = search_->text().trimmed();
    ++searchNumber_;
    routingSearch_->cancel();
    routingFilter_.clear();
    words_.clear();
    searchLine_->hide();
    model_->setHits({});
    model_->setTexts({});
    if (query.startsWith(QLatin1String(kRoutingPrefix), Qt::CaseInsensitive)) {
        model_->setQuery({});
        return runRoutingSearch(query.mid(static_cast<int>(sizeof(kRoutingPrefix)) - 1).trimmed());
    }
    const LibraryQuery parsed = LibraryQuery::parse(query);
    model_->setQuery(parsed);
    if (!parsed.words.isEmpty()) return runTextSearch(parsed.words);
    model_->setFound(std::nullopt);
    refresh();
}

void ConversationPanel::runRoutingSearch(const QString& filter) {
    const auto parsed = RoutingFilter::parse(filter.toStdString());
    if (!parsed.filter) {
        searchLine_->setText(
            filter.isEmpty() ? tr("Behind routing: write a filter, like expert=3 & text~\"self\"")
                             : visibleLine(QString::fromStdString(parsed.problem.sentence)));
        searchLine_->show();
        model_->setFound(std::nullopt);
        return refresh();
    }
    routingFilter_ = filter;
    std::vector<ConversationId> all;
    for (const ConversationSummary& summary : bridge_.session().conversations())
        all.push_back(summary.id);
    routingSearch_->start(*parsed.filter, std::move(all));
    showRoutingHits();
}

void ConversationPanel::showRoutingHits() {
    if (routingFilter_.isEmpty()) return;
    std::set<ConversationId> found;
    qint64 matches = 0;
    for (const auto& [id, hits] : routingSearch_->hits()) {
        found.insert(id);
        matches += hits.matches;
    }
    model_->setFound(std::move(found));
    model_->setHits(routingSearch_->hits());
    const QLocale locale;
    QString line = routingSearch_->running()
                       ? tr("Looking: %1 of %2 conversations (Esc ends it)")
                             .arg(locale.toString(routingSearch_->looked()),
                                  locale.toString(routingSearch_->total()))
                       : tr("%1 tokens in %2 of %3 conversations")
                             .arg(locale.toString(matches),
                                  locale.toString(static_cast<int>(routingSearch_->hits().size())),
                                  locale.toString(routingSearch_->total()));
    if (routingSearch_->unreadable() > 0)
        line += tr("; %1 could not be read: %2")
                    .arg(routingSearch_->unreadable())
                    .arg(visibleLine(routingSearch_->firstFault()));
    searchLine_->setText(line);
    searchLine_->show();
    refresh();
}

// The library is searched on its reading thread; an answer that a newer question has overtaken is
// dropped.
void ConversationPanel::runTextSearch(const QString& words) {
    const quint64 number = searchNumber_;
    auto found = std::make_shared<SearchHits>();
    bridge_.store().read(
        [query = words.toStdString(), found](const ConversationStore& store) {
            *found = store.find(query);
        },
        [panel = QPointer(this), number, words, found] {
            if (!panel || number != panel->searchNumber_) return;
            panel->words_ = words;
            std::set<ConversationId> ids;
            for (const SearchHit& hit : found->hits) ids.insert(hit.conversation);
            panel->model_->setFound(std::move(ids));
            if (found->more) {
                panel->searchLine_->setText(
                    tr("The %1 conversations it was last said in: another word leaves fewer")
                        .arg(QLocale().toString(static_cast<int>(found->hits.size()))));
                panel->searchLine_->show();
            }
            panel->refresh();
            panel->readTexts(words, found->hits);
        });
}

/// Of each hit the line that the words stand in.
void ConversationPanel::readTexts(const QString& words, const std::vector<SearchHit>& hits) {
    const quint64 number = searchNumber_;
    auto texts = std::make_shared<std::map<ConversationId, FoundText>>();
    bridge_.store().read(
        [hits, texts, finder = WordFinder::words(words)](const ConversationStore& store) {
            for (const SearchHit& hit : hits) {
                if (hit.message == 0) continue;
                FoundText& found = (*texts)[hit.conversation];
                found.message = hit.message;
                std::vector<FoundRange> marks;
                found.text =
                    visibleLine(snippetOf(QString::fromStdString(store.messageText(hit.message)),
                                          finder,
                                          kSnippet,
                                          marks));
                for (const FoundRange& mark : marks)
                    found.marks.push_back({mark.begin, mark.end - mark.begin});
            }
        },
        [panel = QPointer(this), number, texts] {
            if (panel && number == panel->searchNumber_) panel->model_->setTexts(std::move(*texts));
        });
}

void ConversationPanel::completeSearch(const QString& text) {
    completions_->setStringList(completionsOf(text, model_->tags(), bridge_.session().folders()));
}

/// Shows everything again, so that what is made next is in the list.
void ConversationPanel::leaveSearch() {
    if (!search_->text().isEmpty()) searchFor(QString());
}

}  // namespace gatescope
