#include "ui/routing/waterfall_view.h"

#include <QLocale>
#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "ui/chat/visible_text.h"
#include "ui/frame_slice.h"
#include "ui/language/number_text.h"
#include "ui/routing/branch_routing.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kBetweenSlices{8};
constexpr int kStep = 64;  ///< tokens between two looks at the clock
constexpr double kPower = 0.5;

const RoutingRecord* recordOf(const ChatSession& session, int token) {
    return token < session.traceSize() ? session.traceToken(token).routing.get() : nullptr;
}

}  // namespace

WaterfallView::WaterfallView(const ViewContext& context, QWidget* parent)
    : QWidget(parent),
      bridge_(context.bridge),
      selection_(context.selection),
      theme_(context.theme),
      keys_(new ViewKeys(this, tr("In the waterfall"))),
      colors_(ColorMapKind::Cividis, kPower) {
    setObjectName(QStringLiteral("waterfall"));
    setAccessibleName(tr("Waterfall of the conversation"));
    addKeys();
    describeKeys();
    connect(keys_, &ViewKeys::changed, this, &WaterfallView::describeKeys);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    slices_.setSingleShot(true);
    connect(&slices_, &QTimer::timeout, this, &WaterfallView::takeTokens);
    setColors();
    connectContext(context);
}

void WaterfallView::connectContext(const ViewContext& context) {
    connect(&bridge_, &EngineBridge::traceGrew, this, &WaterfallView::forgetFrom);
    connect(&bridge_, &EngineBridge::branchOpened, this, [this] {
        follows_ = zoomsItself_ = true;
        forgetFrom(0);
    });
    connect(&bridge_, &EngineBridge::messageAdded, this, &WaterfallView::want);
    connect(&selection_, &Selection::tokenSelected, this, [this](std::optional<int> token) {
        if (token) axis_.reveal(*token);
        follows_ = !token;
        if (follows_ && !zoomsItself_) axis_.showEnd();
        refresh();
    });
    for (auto signal : {&Selection::siteSelected, &Selection::siteHovered})
        connect(&selection_, signal, this, &WaterfallView::refresh);
    connect(&selection_, &Selection::rangeSelected, this, &WaterfallView::refresh);
    connect(&selection_, &Selection::tokenHovered, this, &WaterfallView::refresh);
    connect(&context.theme, &Theme::changed, this, [this] {
        setColors();
        relayout();
    });
}

void WaterfallView::setColorMap(ColorMapKind kind) {
    colors_ = ColorMap(kind, kPower);
    setColors();
    relayout();
}

void WaterfallView::setColors() {
    image_.setColors(colors_, theme_.color(ColorRole::Sunken));
}

// ---------------------------------------------------------------- what is shown

void WaterfallView::forgetFrom(int firstToken) {
    if (firstToken < pyramid_.columns()) {
        pyramid_ = WaterfallPyramid();
        numLayers_ = numExperts_ = 0;
        image_.forget();
        axis_.setTokens(0);
    }
    want();
}

bool WaterfallView::complete() const {
    const ChatSession& session = bridge_.session();
    return recordOf(session, pyramid_.columns()) == nullptr;
}

void WaterfallView::want() {
    if (isVisible() && !slices_.isActive()) takeTokens();
}

void WaterfallView::takeTokens() {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point end = Clock::now() + kFrameSlice;
    const ChatSession& session = bridge_.session();
    while (const RoutingRecord* record = recordOf(session, pyramid_.columns())) {
        if (numLayers_ == 0) {
            numLayers_ = record->numLayers;
            numExperts_ = record->numExperts;
            pyramid_ = WaterfallPyramid(numLayers_ * numExperts_);
            column_.resize(record->probs.size());
            setRowOrder(rowOrder_);
        }
        // Of another shape: the conversation went on with another model, which has no rows here.
        if (record->numLayers == numLayers_ && record->numExperts == numExperts_)
            std::ranges::transform(record->probs, column_.begin(), packProbability);
        else
            std::ranges::fill(column_, std::uint8_t{0});
        pyramid_.append(column_);
        if (pyramid_.columns() % kStep == 0 && Clock::now() >= end) {
            slices_.start(kBetweenSlices);
            break;
        }
    }
    readStretches();
    axis_.setTokens(pyramid_.columns());
    place();
    refresh();
}

void WaterfallView::place() {
    if (zoomsItself_)
        axis_.fitRoundly();
    else if (follows_)
        axis_.showEnd();
}

void WaterfallView::readStretches() {
    const ChatSession& session = bridge_.session();
    stretches_.clear();
    for (std::size_t i = 0; i < session.messages().size(); ++i) {
        const Message& message = session.messages()[i];
        const int first = session.firstTokenOfMessage(static_cast<int>(i));
        stretches_.push_back({{first, first + static_cast<int>(message.tokens.size())},
                              message.role == Role::Assistant,
                              !message.interventions.empty()});
    }
}

void WaterfallView::setRowOrder(RowOrder order) {
    rowOrder_ = order;
    std::vector<int> rows;
    for (int row = 0; row < pyramid_.rows(); ++row)
        rows.push_back(
            order == RowOrder::ByLayer ? row : row % numLayers_ * numExperts_ + row / numLayers_);
    image_.setOrder(std::move(rows));
    Q_EMIT rowOrderChanged();
    refresh();
}

void WaterfallView::refresh() {
    if (!isVisible()) return;
    update();
    Q_EMIT valueLineChanged();
}

void WaterfallView::relayout() {
    const QSize area = plot().size().expandedTo({0, 0});  // a small window leaves none
    axis_.setWidth(area.width());
    image_.setSize(area);
    place();
    update();
}

void WaterfallView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    relayout();
}

void WaterfallView::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    want();
}

// ---------------------------------------------------------------- cells and tokens

ExpertSite WaterfallView::siteOfRow(int row) const {
    return {{row / numExperts_}, {row % numExperts_}};
}

int WaterfallView::lineOfSite(ExpertSite site) const {
    return rowOrder_ == RowOrder::ByLayer ? site.layer.value * numExperts_ + site.expert.value
                                          : site.expert.value * numLayers_ + site.layer.value;
}

int WaterfallView::tokenAt(int x) const {
    return std::clamp(axis_.tokensAt(x).first, 0, std::max(0, pyramid_.columns() - 1));
}

std::optional<ExpertSite> WaterfallView::siteAt(int x, int y) const {
    const auto samples = axis_.samplesAt(x);
    if (samples.first << axis_.level() >= pyramid_.columns()) return std::nullopt;
    const std::uint8_t* peaks = pyramid_.sample(axis_.level(), samples.first).high;
    const auto lines = image_.linesAt(y);
    const auto rowAt = [this](int line) { return image_.order()[static_cast<std::size_t>(line)]; };
    int best = rowAt(lines.first);
    for (int line = lines.first; line < lines.end; ++line)
        if (peaks[rowAt(line)] > peaks[best]) best = rowAt(line);
    return siteOfRow(best);
}

std::optional<WaterfallView::Spot> WaterfallView::spotAt(QPoint at) const {
    const QRect area = plot();
    if (!area.contains(at) || pyramid_.columns() == 0) return std::nullopt;
    const int x = at.x() - area.left();
    const auto site = siteAt(x, at.y() - area.top());
    if (!site) return std::nullopt;
    return Spot{tokenAt(x), *site};
}

QString WaterfallView::describe(int token, ExpertSite site) const {
    const ChatSession& session = bridge_.session();
    const RoutingRecord* record = recordOf(session, token);
    if (record == nullptr || site.layer.value >= record->numLayers ||
        site.expert.value >= record->numExperts)
        return {};
    const auto p =
        record->layerProbs(site.layer.value)[static_cast<std::size_t>(site.expert.value)];
    const auto selected = record->layerSelected(site.layer.value);
    const auto choice = std::ranges::find(selected, site.expert.value) - selected.begin();
    QString line = tr("token %1 “%2” · layer %3 expert %4 · p %5")
                       .arg(token)
                       .arg(visibleLine(QString::fromStdString(session.traceToken(token).text)))
                       .arg(site.layer.value)
                       .arg(site.expert.value)
                       .arg(numberText(static_cast<double>(p), 'f', 3));
    line += choice < static_cast<std::ptrdiff_t>(selected.size())
                ? tr(" · choice %1").arg(choice + 1)
                : tr(" · not selected");
    return line;
}

QString WaterfallView::describeStretch(TokenRange tokens, ExpertSite site) const {
    const auto sample = pyramid_.sample(axis_.level(), tokens.first >> axis_.level());
    const int row = site.layer.value * numExperts_ + site.expert.value;
    const auto p = [row](const std::uint8_t* bytes) {
        return static_cast<double>(unpackProbability(bytes[row]));
    };
    const int last = std::min(tokens.first + (1 << axis_.level()), pyramid_.columns()) - 1;
    const QLocale locale;
    return tr("tokens %1 to %2 · layer %3 expert %4 · p %5 to %6")
        .arg(locale.toString(tokens.first), locale.toString(last))
        .arg(site.layer.value)
        .arg(site.expert.value)
        .arg(numberText(p(sample.low), 'f', 2))
        .arg(numberText(p(sample.high), 'f', 2));
}

QString WaterfallView::valueLine() const {
    if (pyramid_.columns() == 0) return {};
    if (const auto spot = mouse_ ? spotAt(*mouse_) : std::nullopt) {
        const TokenRange tokens = axis_.tokensAt(mouse_->x() - plot().left());
        return tokens.size() > 1 ? describeStretch(tokens, spot->site)
                                 : describe(spot->token, spot->site);
    }
    const auto hovered = selection_.hoveredToken();
    const int token = hovered.value_or(selection_.token().value_or(pyramid_.columns() - 1));
    const auto site = selection_.site();
    if (site) return describe(token, *site);
    const ChatSession& session = bridge_.session();
    if (token < 0 || token >= session.traceSize()) return {};
    return tr("token %1 “%2”")
        .arg(token)
        .arg(visibleLine(QString::fromStdString(session.traceToken(token).text)));
}

}  // namespace gatescope
