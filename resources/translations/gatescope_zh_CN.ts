<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Alternatives</name>
    <message>
        <source>(end of text)</source>
        <translation>（文本结束）</translation>
    </message>
    <message>
        <source>id %1</source>
        <translation>id %1</translation>
    </message>
    <message>
        <source>“%1”: probability %2, rank %3; entropy %4 bits</source>
        <translation>“%1”：概率 %2，排名 %3；熵 %4 比特</translation>
    </message>
    <message>
        <source>%1; put here by you</source>
        <translation>%1；由您选定</translation>
    </message>
</context>
<context>
    <name>CellChange</name>
    <message>
        <source>routed around</source>
        <translation>已绕过</translation>
    </message>
    <message>
        <source>gate × %1</source>
        <translation>门控 × %1</translation>
    </message>
    <message>
        <source>weights of expert %1</source>
        <translation>使用专家 %1 的权重</translation>
    </message>
    <message>
        <source>logit %1%2</source>
        <translation>logit %1%2</translation>
    </message>
</context>
<context>
    <name>CellMenu</name>
    <message>
        <source>%1 experts</source>
        <translation>这 %1 个专家</translation>
    </message>
    <message>
        <source>layer %1 expert %2</source>
        <translation>第 %1 层专家 %2</translation>
    </message>
    <message>
        <source>Scale its gate</source>
        <translation>缩放其门控权重</translation>
    </message>
    <message>
        <source>Scale their gates</source>
        <translation>缩放它们的门控权重</translation>
    </message>
    <message>
        <source>times %1</source>
        <translation>乘以 %1</translation>
    </message>
    <message>
        <source>Bias its router logit</source>
        <translation>为其路由 logit 加偏置</translation>
    </message>
    <message>
        <source>Bias their router logits</source>
        <translation>为它们的路由 logit 加偏置</translation>
    </message>
    <message>
        <source>plus %1</source>
        <translation>加 %1</translation>
    </message>
    <message>
        <source>minus %1</source>
        <translation>减 %1</translation>
    </message>
    <message>
        <source>Swap it with</source>
        <translation>与以下专家互换</translation>
    </message>
    <message>
        <source>expert %1</source>
        <translation>专家 %1</translation>
    </message>
    <message>
        <source>Experts a token, in layer %1</source>
        <translation>第 %1 层每个 token 的专家数</translation>
    </message>
    <message>
        <source>Experts a token, in these %1 layers</source>
        <translation>这 %1 层每个 token 的专家数</translation>
    </message>
    <message>
        <source>as all layers</source>
        <translation>与所有层的设置相同</translation>
    </message>
    <message>
        <source>the best %1</source>
        <translation>前 %1 个</translation>
    </message>
    <message>
        <source>Experts a token, in all layers</source>
        <translation>所有层每个 token 的专家数</translation>
    </message>
    <message>
        <source>as the model: %1</source>
        <translation>与模型相同：%1</translation>
    </message>
    <message>
        <source>Ablate %1</source>
        <translation>消融%1</translation>
    </message>
    <message>
        <source>Route around it</source>
        <translation>绕过该专家</translation>
    </message>
    <message>
        <source>Route around them</source>
        <translation>绕过这些专家</translation>
    </message>
    <message>
        <source>Force it</source>
        <translation>强制选中该专家</translation>
    </message>
    <message>
        <source>Force them</source>
        <translation>强制选中这些专家</translation>
    </message>
    <message>
        <source>Clear this expert</source>
        <translation>清除该专家的干预</translation>
    </message>
    <message>
        <source>Clear these experts</source>
        <translation>清除这些专家的干预</translation>
    </message>
    <message>
        <source>Only for some tokens…</source>
        <translation>仅对部分 token 生效…</translation>
    </message>
    <message>
        <source>Clear all interventions</source>
        <translation>清除所有干预</translation>
    </message>
</context>
<context>
    <name>ClearButton</name>
    <message>
        <source>Clear</source>
        <translation>清空</translation>
    </message>
</context>
<context>
    <name>ColorMap</name>
    <message>
        <source>cividis</source>
        <translation>cividis</translation>
    </message>
    <message>
        <source>viridis</source>
        <translation>viridis</translation>
    </message>
    <message>
        <source>grey</source>
        <translation>灰度</translation>
    </message>
    <message>
        <source>blue-orange</source>
        <translation>蓝-橙</translation>
    </message>
</context>
<context>
    <name>DroppedFiles</name>
    <message>
        <source>%1, about %2 tokens</source>
        <translation>%1，约 %2 个 token</translation>
    </message>
    <message>
        <source>%1 is not a file of this machine: save it first, then drop the file.</source>
        <translation>%1 不是本机文件：请先保存到本机，再拖入该文件。</translation>
    </message>
    <message>
        <source>%1 is not there any more.</source>
        <translation>%1 已不存在。</translation>
    </message>
    <message>
        <source>The folder %1 holds no model: expected ckpt-0, config.json, *.gguf or *.safetensors in it.</source>
        <translation>文件夹 %1 中没有模型：其中应有 ckpt-0、config.json、*.gguf 或 *.safetensors。</translation>
    </message>
    <message>
        <source>%1 is empty.</source>
        <translation>%1 是空文件。</translation>
    </message>
    <message>
        <source>%1 is too large for a message: %2, and at most %3 can be taken.</source>
        <translation>%1 太大，无法放入消息：%2，最多允许 %3。</translation>
    </message>
    <message>
        <source>%1 and %2 are for different things: drop one kind of file at a time.</source>
        <translation>%1 和 %2 的用途不同：每次请只拖入一类文件。</translation>
    </message>
    <message>
        <source>%1 can only be opened alone: drop one model or recording, or several text files.</source>
        <translation>%1 只能单独打开：请拖入一个模型或录制文件，或多个文本文件。</translation>
    </message>
    <message>
        <source>There is no file in what was dropped.</source>
        <translation>拖入的内容中没有文件。</translation>
    </message>
    <message>
        <source>These files are too large for one message: %1, and at most %2 can be taken.</source>
        <translation>这些文件太大，无法放入一条消息：%1，最多允许 %2。</translation>
    </message>
    <message>
        <source>This cannot be taken</source>
        <translation>无法接收此内容</translation>
    </message>
    <message>
        <source>Open the model %1</source>
        <translation>打开模型 %1</translation>
    </message>
    <message>
        <source>Open the recording %1</source>
        <translation>打开录制文件 %1</translation>
    </message>
    <message>
        <source>Import the conversations of %1</source>
        <translation>导入 %1 中的对话</translation>
    </message>
    <message>
        <source>Import the conversations of %1 files</source>
        <translation>导入 %1 个文件中的对话</translation>
    </message>
    <message>
        <source>Put %1 into the message</source>
        <translation>将 %1 放入消息</translation>
    </message>
    <message>
        <source>Put %1 files into the message</source>
        <translation>将 %1 个文件放入消息</translation>
    </message>
    <message>
        <source>%1 cannot be read: %2</source>
        <translation>无法读取 %1：%2</translation>
    </message>
    <message>
        <source>%1 is too large for a message.</source>
        <translation>%1 太大，无法放入消息。</translation>
    </message>
    <message>
        <source>%1 is no text: expected UTF-8. Models are dropped as .gguf or as their folder, recordings as .gscope.</source>
        <translation>%1 不是文本：应为 UTF-8 编码。模型请拖入 .gguf 文件或其所在文件夹，录制请拖入 .gscope 文件。</translation>
    </message>
</context>
<context>
    <name>EngineWords</name>
    <message>
        <source>loading</source>
        <translation>正在加载</translation>
    </message>
    <message>
        <source>reading the prompt</source>
        <translation>正在读取提示词</translation>
    </message>
    <message>
        <source>generating</source>
        <translation>正在生成</translation>
    </message>
    <message>
        <source>replay</source>
        <translation>回放</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>no model</source>
        <translation>无模型</translation>
    </message>
    <message>
        <source>Continue the text</source>
        <translation>续写文本</translation>
    </message>
    <message>
        <source>The model goes on writing where your text ends. Nothing is added to it.</source>
        <translation>模型从您的文本末尾接着写，不添加任何内容。</translation>
    </message>
    <message>
        <source>User / Assistant transcript</source>
        <translation>用户 / 助手对话记录</translation>
    </message>
    <message>
        <source>Your text becomes a line of a transcript; the model writes the next one.</source>
        <translation>您的文本成为对话记录中的一行，模型写出下一行。</translation>
    </message>
    <message>
        <source>Few-shot questions and answers</source>
        <translation>少样本问答</translation>
    </message>
    <message>
        <source>Two answered questions come first, so that a base model sees what an answer looks like.</source>
        <translation>开头先给出两个附带答案的问题，让基座模型了解答案的样子。</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>Temperature 0.7 within the likeliest 95 %: what a new profile starts with.</source>
        <translation>温度 0.7，限于累计概率 95% 以内的 token：新配置的初始预设。</translation>
    </message>
    <message>
        <source>Greedy</source>
        <translation>贪心</translation>
    </message>
    <message>
        <source>Always the likeliest token: the same reply every time.</source>
        <translation>始终取概率最高的 token：每次回复都相同。</translation>
    </message>
    <message>
        <source>Varied</source>
        <translation>多样</translation>
    </message>
    <message>
        <source>Temperature 1.1, without what is less than a twentieth as likely as the likeliest.</source>
        <translation>温度 1.1，舍弃概率不足最高者二十分之一的 token。</translation>
    </message>
</context>
<context>
    <name>HeatmapFrame</name>
    <message>
        <source>first choice</source>
        <translation>首选</translation>
    </message>
    <message>
        <source>second choice</source>
        <translation>次选</translation>
    </message>
    <message>
        <source>choice %1</source>
        <translation>第 %1 选</translation>
    </message>
    <message>
        <source>%1 to %2 over the last %3 tokens</source>
        <translation>最近 %3 个 token 中为 %1 至 %2</translation>
    </message>
    <message>
        <source>layer %1 expert %2</source>
        <translation>第 %1 层专家 %2</translation>
    </message>
    <message>
        <source>of %1 tokens</source>
        <translation>共 %1 个 token</translation>
    </message>
    <message>
        <source>gate %1</source>
        <translation>门控 %1</translation>
    </message>
    <message>
        <source>not selected</source>
        <translation>未选中</translation>
    </message>
    <message>
        <source>ablated</source>
        <translation>已消融</translation>
    </message>
    <message>
        <source>forced</source>
        <translation>强制选中</translation>
    </message>
    <message>
        <source>top %1 in this layer</source>
        <translation>本层取前 %1 个</translation>
    </message>
    <message>
        <source>mean %1</source>
        <translation>平均 %1</translation>
    </message>
</context>
<context>
    <name>HeatmapMode</name>
    <message>
        <source>Now</source>
        <translation>当前</translation>
    </message>
    <message>
        <source>Router probabilities of one token</source>
        <translation>单个 token 的路由概率</translation>
    </message>
    <message>
        <source>router probability</source>
        <translation>路由概率</translation>
    </message>
    <message>
        <source>p %1</source>
        <translation>p %1</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>近期</translation>
    </message>
    <message>
        <source>Mean router probability of the tokens up to this one; older ones count less, by half every half-life. Counted in tokens, prompt and reply alike</source>
        <translation>截至该 token 的平均路由概率；越早的 token 权重越低，每过一个半衰期减半。按 token 计数，提示词与回复同等对待</translation>
    </message>
    <message>
        <source>fading mean of router probability</source>
        <translation>路由概率的衰减平均</translation>
    </message>
    <message>
        <source>recent mean %1</source>
        <translation>近期平均 %1</translation>
    </message>
    <message>
        <source>Margin</source>
        <translation>间隔</translation>
    </message>
    <message>
        <source>How far each expert is from the other side of the choice: selected ones from the best that was not (orange), the others from the last that was (blue)</source>
        <translation>每个专家到选中分界另一侧的距离：选中的专家与未选中者中概率最高的相比（橙色），其余专家与选中者中概率最低的相比（蓝色）</translation>
    </message>
    <message>
        <source>probability ahead of, or behind, the choice</source>
        <translation>领先或落后于选中分界的概率</translation>
    </message>
    <message>
        <source>margin %1</source>
        <translation>间隔 %1</translation>
    </message>
    <message>
        <source>Routed mass</source>
        <translation>路由概率质量</translation>
    </message>
    <message>
        <source>Probability of the selected experts only; the bars say their sum</source>
        <translation>仅显示选中专家的概率；条形表示它们的总和</translation>
    </message>
    <message>
        <source>probability of the selected</source>
        <translation>选中专家的概率</translation>
    </message>
    <message>
        <source>routed %1</source>
        <translation>概率质量 %1</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>均值</translation>
    </message>
    <message>
        <source>Mean router probability over the tokens counted</source>
        <translation>所统计 token 的平均路由概率</translation>
    </message>
    <message>
        <source>mean router probability</source>
        <translation>平均路由概率</translation>
    </message>
    <message>
        <source>mean %1</source>
        <translation>均值 %1</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>占比</translation>
    </message>
    <message>
        <source>How often each expert was selected, of the tokens counted</source>
        <translation>所统计的 token 中选中各专家的比例</translation>
    </message>
    <message>
        <source>share of tokens that selected it</source>
        <translation>选中该专家的 token 占比</translation>
    </message>
    <message>
        <source>share %1</source>
        <translation>占比 %1</translation>
    </message>
    <message>
        <source>Minus uniform</source>
        <translation>减随机水平</translation>
    </message>
    <message>
        <source>Share of the tokens that selected it, minus what it would be by chance</source>
        <translation>选中该专家的 token 占比，减去随机情况下的占比</translation>
    </message>
    <message>
        <source>share minus chance</source>
        <translation>占比减随机水平</translation>
    </message>
    <message>
        <source>share %1 against chance</source>
        <translation>占比较随机水平 %1</translation>
    </message>
    <message>
        <source>Minus baseline</source>
        <translation>减基线</translation>
    </message>
    <message>
        <source>Share of the tokens that selected it, minus the same of the range pinned as baseline</source>
        <translation>选中该专家的 token 占比，减去固定为基线的范围内的占比</translation>
    </message>
    <message>
        <source>share minus the baseline&apos;s</source>
        <translation>占比减基线</translation>
    </message>
    <message>
        <source>share %1 against the baseline</source>
        <translation>占比较基线 %1</translation>
    </message>
    <message>
        <source>z score</source>
        <translation>z 分数</translation>
    </message>
    <message>
        <source>How many standard deviations of chance the count of each expert lies away from what chance would give</source>
        <translation>各专家的选中次数偏离随机期望多少个标准差</translation>
    </message>
    <message>
        <source>standard deviations from chance</source>
        <translation>偏离随机水平的标准差数</translation>
    </message>
    <message>
        <source>z %1</source>
        <translation>z %1</translation>
    </message>
    <message>
        <source>margin</source>
        <translation>间隔</translation>
    </message>
    <message>
        <source>mass</source>
        <translation>概率质量</translation>
    </message>
    <message>
        <source>entropy</source>
        <translation>熵</translation>
    </message>
    <message>
        <source>decisive margin %1</source>
        <translation>决定性间隔 %1</translation>
    </message>
    <message>
        <source>routed mass %1</source>
        <translation>路由概率质量 %1</translation>
    </message>
    <message>
        <source>entropy %1 bits</source>
        <translation>熵 %1 比特</translation>
    </message>
</context>
<context>
    <name>HelpPages</name>
    <message>
        <source>Gatescope %1</source>
        <translation>Gatescope %1</translation>
    </message>
    <message>
        <source>Talk to a Grok-1 class mixture-of-experts model on your own machine and watch, token by token, which experts answer.

Apache-2.0. Built with Qt %1 (LGPL-3); a build with charts contains Qt Charts and is GPL-3 as a whole. docs/licences.md lists everything that is used.</source>
        <translation>在自己的机器上与 Grok-1 级别的混合专家模型对话，并逐个 token 观察由哪些专家作答。

Apache-2.0。基于 Qt %1（LGPL-3）构建；带图表的版本包含 Qt Charts，整体适用 GPL-3。使用的全部组件列于 docs/licences.md。</translation>
    </message>
</context>
<context>
    <name>InspectionTables</name>
    <message>
        <source>the word itself (embedding)</source>
        <translation>词本身（嵌入）</translation>
    </message>
    <message>
        <source>layer %1 attention</source>
        <translation>第 %1 层注意力</translation>
    </message>
    <message>
        <source>layer %1 expert %2</source>
        <translation>第 %1 层专家 %2</translation>
    </message>
    <message>
        <source>rank</source>
        <translation>排名</translation>
    </message>
    <message>
        <source>word</source>
        <translation>词</translation>
    </message>
    <message>
        <source>probability</source>
        <translation>概率</translation>
    </message>
    <message>
        <source>logit</source>
        <translation>logit</translation>
    </message>
    <message>
        <source>layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>likeliest word</source>
        <translation>最可能的词</translation>
    </message>
    <message>
        <source>p</source>
        <translation>p</translation>
    </message>
    <message>
        <source>then</source>
        <translation>其次</translation>
    </message>
    <message>
        <source>p of the word</source>
        <translation>该词的 p</translation>
    </message>
    <message>
        <source>its rank</source>
        <translation>该词排名</translation>
    </message>
    <message>
        <source>entropy (bits)</source>
        <translation>熵（比特）</translation>
    </message>
    <message>
        <source>who</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>gate</source>
        <translation>门控</translation>
    </message>
    <message>
        <source>adds</source>
        <translation>贡献</translation>
    </message>
    <message>
        <source>token</source>
        <translation>token</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>weight</source>
        <translation>权重</translation>
    </message>
</context>
<context>
    <name>InterventionEdits</name>
    <message>
        <source>this conversation</source>
        <translation>本对话</translation>
    </message>
</context>
<context>
    <name>InterventionWords</name>
    <message>
        <source>layer %1 expert %2</source>
        <translation>第 %1 层专家 %2</translation>
    </message>
    <message>
        <source>in layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>in layers %1 to %2</source>
        <translation>第 %1 至 %2 层</translation>
    </message>
    <message>
        <source>1 expert a token %1</source>
        <translation>%1每个 token 选 1 个专家</translation>
    </message>
    <message>
        <source>%1 experts a token %2</source>
        <translation>%2每个 token 选 %1 个专家</translation>
    </message>
    <message>
        <source>%1, and %2 more</source>
        <translation>%1，另有 %2 项</translation>
    </message>
    <message>
        <source>ablate %1</source>
        <translation>消融%1</translation>
    </message>
    <message>
        <source>route around %1</source>
        <translation>绕过%1</translation>
    </message>
    <message>
        <source>force %1</source>
        <translation>强制选中%1</translation>
    </message>
    <message>
        <source>bias %1 by %2</source>
        <translation>为%1 加偏置 %2</translation>
    </message>
    <message>
        <source>scale the gate of %1 by %2</source>
        <translation>将%1 的门控权重乘以 %2</translation>
    </message>
    <message>
        <source>swap experts %1 and %2 of layer %3</source>
        <translation>互换第 %3 层的专家 %1 和 %2</translation>
    </message>
    <message>
        <source>in all layers</source>
        <translation>所有层</translation>
    </message>
    <message>
        <source>renormalise gates</source>
        <translation>重新归一化门控权重</translation>
    </message>
    <message>
        <source>hold to the routes of %1</source>
        <translation>沿用“%1”的路由</translation>
    </message>
    <message>
        <source>only for tokens like %1</source>
        <translation>仅对匹配 %1 的 token 生效</translation>
    </message>
    <message>
        <source>clear all interventions</source>
        <translation>清除所有干预</translation>
    </message>
    <message>
        <source>take away: %1</source>
        <translation>取消“%1”</translation>
    </message>
    <message>
        <source>hold to other routes</source>
        <translation>改为沿用其他路由</translation>
    </message>
    <message>
        <source>Undo: %1</source>
        <translation>撤销：%1</translation>
    </message>
    <message>
        <source>Undo intervention</source>
        <translation>撤销干预</translation>
    </message>
    <message>
        <source>Redo: %1</source>
        <translation>重做：%1</translation>
    </message>
    <message>
        <source>Redo intervention</source>
        <translation>重做干预</translation>
    </message>
    <message>
        <source>ids (%1)</source>
        <translation>id（%1 个）</translation>
    </message>
    <message>
        <source>ranges (%1)</source>
        <translation>范围（%1 个）</translation>
    </message>
</context>
<context>
    <name>LongTable</name>
    <message>
        <source>Show all %1 rows</source>
        <translation>显示全部 %1 行</translation>
    </message>
</context>
<context>
    <name>MessageFooter</name>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>interrupted: Gatescope ended before this reply was complete</source>
        <translation>已中断：Gatescope 在此回复完成前退出</translation>
    </message>
    <message>
        <source>reached the token limit</source>
        <translation>达到 token 上限</translation>
    </message>
    <message>
        <source>the context is full</source>
        <translation>上下文已满</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Reading the prompt…</source>
        <translation>正在读取提示词…</translation>
    </message>
    <message>
        <source>Reading the prompt: %1 of %2 tokens</source>
        <translation>正在读取提示词：%1 / %2 个 token</translation>
    </message>
    <message>
        <source>about %1 left</source>
        <translation>约剩 %1</translation>
    </message>
    <message>
        <source>Esc stops it</source>
        <translation>按 Esc 停止</translation>
    </message>
    <message>
        <source>written by you</source>
        <translation>由您撰写</translation>
    </message>
    <message>
        <source>imported</source>
        <translation>已导入</translation>
    </message>
    <message>
        <source>1 token</source>
        <translation>1 个 token</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个 token</translation>
    </message>
    <message>
        <source>1 intervention</source>
        <translation>1 项干预</translation>
    </message>
    <message>
        <source>%1 interventions</source>
        <translation>%1 项干预</translation>
    </message>
    <message>
        <source>%1 tokens/s with drafts</source>
        <translation>%1 token/s（含草稿）</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 token/s</translation>
    </message>
    <message>
        <source>%1 of %2 reused</source>
        <translation>复用 %1 / %2</translation>
    </message>
    <message>
        <source>first after %1 s</source>
        <translation>首个 token %1 秒</translation>
    </message>
    <message>
        <source>prompt %1 tokens/s</source>
        <translation>提示词 %1 token/s</translation>
    </message>
    <message>
        <source>The prompt has %1 tokens; %2 of them were known and not computed again.</source>
        <translation>提示词共 %1 个 token，其中 %2 个此前已计算，无需重复计算。</translation>
    </message>
    <message>
        <source>The other %1 took %2 s: %3 a second.</source>
        <translation>其余 %1 个用时 %2 秒：每秒 %3 个。</translation>
    </message>
    <message>
        <source>The first token came after %1 s.</source>
        <translation>首个 token 在 %1 秒后出现。</translation>
    </message>
    <message>
        <source>The %1 behind it came at %2 a second.</source>
        <translation>其后的 %1 个以每秒 %2 个的速度生成。</translation>
    </message>
    <message>
        <source>Of %1 drafted tokens %2 were right.</source>
        <translation>%1 个草稿 token 中有 %2 个正确。</translation>
    </message>
</context>
<context>
    <name>PaletteEntries</name>
    <message>
        <source>Write as: %1</source>
        <translation>使用模板：%1</translation>
    </message>
    <message>
        <source>Prompt template</source>
        <translation>提示词模板</translation>
    </message>
    <message>
        <source>Reply settings: %1</source>
        <translation>回复设置：%1</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation>打开 %1</translation>
    </message>
    <message>
        <source>Recent model › %1</source>
        <translation>最近的模型 › %1</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
</context>
<context>
    <name>StatisticText</name>
    <message>
        <source>selections</source>
        <translation>选中次数</translation>
    </message>
    <message>
        <source>share of selections</source>
        <translation>选中次数占比</translation>
    </message>
    <message>
        <source>co-activation</source>
        <translation>共激活</translation>
    </message>
    <message>
        <source>share of tokens</source>
        <translation>token 占比</translation>
    </message>
    <message>
        <source>lift</source>
        <translation>提升度</translation>
    </message>
    <message>
        <source>phi</source>
        <translation>φ 系数</translation>
    </message>
    <message>
        <source>first choices</source>
        <translation>首选</translation>
    </message>
    <message>
        <source>selected</source>
        <translation>选中</translation>
    </message>
    <message>
        <source>probability</source>
        <translation>概率</translation>
    </message>
    <message>
        <source>share of first choices</source>
        <translation>首选占比</translation>
    </message>
    <message>
        <source>favourite&apos;s share</source>
        <translation>最常用专家的占比</translation>
    </message>
    <message>
        <source>difference</source>
        <translation>差值</translation>
    </message>
    <message>
        <source>weight</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>entropy (bits)</source>
        <translation>熵（比特）</translation>
    </message>
    <message>
        <source>margin</source>
        <translation>间隔</translation>
    </message>
    <message>
        <source>routed mass</source>
        <translation>路由概率质量</translation>
    </message>
    <message>
        <source>information (bits)</source>
        <translation>信息量（比特）</translation>
    </message>
    <message>
        <source>information of mass (bits)</source>
        <translation>概率质量的信息量（比特）</translation>
    </message>
    <message>
        <source>too few to say</source>
        <translation>样本过少，无法判断</translation>
    </message>
    <message>
        <source>below the band</source>
        <translation>低于随机区间</translation>
    </message>
    <message>
        <source>within the band</source>
        <translation>在随机区间内</translation>
    </message>
    <message>
        <source>above the band</source>
        <translation>高于随机区间</translation>
    </message>
    <message>
        <source>%1 observations</source>
        <translation>%1 次观测</translation>
    </message>
    <message>
        <source>by chance %1</source>
        <translation>随机水平 %1</translation>
    </message>
    <message>
        <source> (%1 to %2)</source>
        <translation>（%1 至 %2）</translation>
    </message>
</context>
<context>
    <name>gatescope::AlignedText</name>
    <message>
        <source>Both texts, aligned by token</source>
        <translation>两段文本，按 token 对齐</translation>
    </message>
    <message>
        <source>A</source>
        <translation>A</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>KL</source>
        <translation>KL</translation>
    </message>
    <message>
        <source>The same in both: %1</source>
        <translation>两者相同：%1</translation>
    </message>
    <message>
        <source>A has %1, B has %2</source>
        <translation>A 为 %1，B 为 %2</translation>
    </message>
    <message>
        <source>Only in A: %1</source>
        <translation>仅 A 有：%1</translation>
    </message>
    <message>
        <source>Only in B: %1</source>
        <translation>仅 B 有：%1</translation>
    </message>
    <message>
        <source>KL of the distributions it was drawn from: %1 bit</source>
        <translation>其采样分布之间的 KL：%1 比特</translation>
    </message>
    <message>
        <source>most likely here: %1 with A&apos;s interventions, %2 with B&apos;s</source>
        <translation>此处最可能：A 的干预下为 %1，B 的干预下为 %2</translation>
    </message>
</context>
<context>
    <name>gatescope::AlternativesCard</name>
    <message>
        <source>Alternatives of the token, the likeliest first</source>
        <translation>该 token 的备选，概率从高到低</translation>
    </message>
    <message>
        <source>only tokens that the model wrote have alternatives</source>
        <translation>只有模型生成的 token 才有备选</translation>
    </message>
    <message>
        <source>this reply was kept before alternatives were recorded</source>
        <translation>保存此回复时尚未记录备选</translation>
    </message>
    <message>
        <source>rank</source>
        <translation>排名</translation>
    </message>
    <message>
        <source>word</source>
        <translation>词</translation>
    </message>
    <message>
        <source>probability</source>
        <translation>概率</translation>
    </message>
    <message>
        <source>id</source>
        <translation>id</translation>
    </message>
    <message>
        <source>A recording is only looked at: it cannot go on.</source>
        <translation>录制只能查看，无法从中继续。</translation>
    </message>
    <message>
        <source>Open the model to go on from another word.</source>
        <translation>打开模型后，可从另一个词继续。</translation>
    </message>
    <message>
        <source>Stop the reply to go on from another word.</source>
        <translation>停止回复后，可从另一个词继续。</translation>
    </message>
    <message>
        <source>Enter or a click goes on from that word, in a version of the reply beside this one.</source>
        <translation>按 Enter 或单击即可从该词继续，生成与此回复并列的新版本。</translation>
    </message>
</context>
<context>
    <name>gatescope::AttentionMapView</name>
    <message>
        <source>evenly 1/(t + 1): %1 to %2</source>
        <translation>均匀水平 1/(t + 1)：%1 至 %2</translation>
    </message>
    <message>
        <source>weight; rows add up to 1</source>
        <translation>权重；每行之和为 1</translation>
    </message>
    <message>
        <source>↓ token that looks   token looked at →</source>
        <translation>↓ 发起注意的 token   被注意的 token →</translation>
    </message>
</context>
<context>
    <name>gatescope::AttentionPanel</name>
    <message>
        <source>Point at a pair for its weight; a click picks the token that looks</source>
        <translation>指向一对 token 可查看权重；单击选取发起注意的 token</translation>
    </message>
    <message>
        <source>layer </source>
        <translation>层 </translation>
    </message>
    <message>
        <source>Layer of the head</source>
        <translation>注意力头所在层</translation>
    </message>
    <message>
        <source>head </source>
        <translation>头 </translation>
    </message>
    <message>
        <source>Query head</source>
        <translation>查询头</translation>
    </message>
    <message>
        <source>Make the map</source>
        <translation>生成注意力图</translation>
    </message>
    <message>
        <source>Computes the tokens of the range picked once more, or all of them without one</source>
        <translation>重新计算所选范围内的 token；未选范围时计算全部</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Token %1 “%2” looks at token %3 “%4”: %5, evenly %6</source>
        <translation>token %1 “%2” 对 token %3 “%4” 的注意力：%5，均匀水平 %6</translation>
    </message>
    <message>
        <source>Computing…</source>
        <translation>正在计算…</translation>
    </message>
    <message>
        <source>No token yet. Send a message first.</source>
        <translation>尚无 token。请先发送一条消息。</translation>
    </message>
    <message>
        <source>Choose a head and make its map: how much each token looked at those before it. Nothing is computed before.</source>
        <translation>选择一个注意力头并生成注意力图：每个 token 对其之前各 token 的注意力。在此之前不做任何计算。</translation>
    </message>
    <message>
        <source>Where a head looked is computed anew, which takes the model: open it first.</source>
        <translation>注意力头看向何处需要重新计算，这要用到模型：请先打开模型。</translation>
    </message>
    <message>
        <source>Layer %1, head %2: where tokens %3 to %4 looked</source>
        <translation>第 %1 层，头 %2：token %3 至 %4 看向何处</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>，仍在统计</translation>
    </message>
    <message>
        <source> · on average %1 at the first token and %2 at themselves, evenly %3</source>
        <translation> · 平均 %1 落在首个 token，%2 落在自身，均匀水平 %3</translation>
    </message>
    <message>
        <source> · a CSV file has tokens %1 to %2</source>
        <translation> · CSV 文件包含 token %1 至 %2</translation>
    </message>
    <message>
        <source>%1 “%2”</source>
        <translation>%1 “%2”</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>注意力</translation>
    </message>
</context>
<context>
    <name>gatescope::Banner</name>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>gatescope::BranchRouting</name>
    <message>
        <source>%1 generated tokens</source>
        <translation>%1 个生成的 token</translation>
    </message>
    <message>
        <source>%1 prompt tokens</source>
        <translation>%1 个提示词 token</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个 token</translation>
    </message>
    <message>
        <source> of %1 to %2</source>
        <translation>，范围 %1 至 %2</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>，仍在统计</translation>
    </message>
</context>
<context>
    <name>gatescope::ChartCanvas</name>
    <message>
        <source>Make this dock higher to see the drawing</source>
        <translation>增加此面板的高度以显示图形</translation>
    </message>
</context>
<context>
    <name>gatescope::ChartFrame</name>
    <message>
        <source>Saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>SVG pictures (*.svg)</source>
        <translation>SVG 图像 (*.svg)</translation>
    </message>
    <message>
        <source>PNG pictures (*.png)</source>
        <translation>PNG 图像 (*.png)</translation>
    </message>
    <message>
        <source>CSV tables (*.csv)</source>
        <translation>CSV 表格 (*.csv)</translation>
    </message>
    <message>
        <source>Export %1</source>
        <translation>导出%1</translation>
    </message>
    <message>
        <source>Table</source>
        <translation>表格</translation>
    </message>
    <message>
        <source>Show the numbers instead of the drawing</source>
        <translation>显示数值而非图形</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Export what is shown into a file</source>
        <translation>将显示的内容导出到文件</translation>
    </message>
    <message>
        <source>Drawing as SVG…</source>
        <translation>图形存为 SVG…</translation>
    </message>
    <message>
        <source>Drawing as PNG…</source>
        <translation>图形存为 PNG…</translation>
    </message>
    <message>
        <source>Numbers as CSV…</source>
        <translation>数值存为 CSV…</translation>
    </message>
    <message>
        <source>The chart&apos;s numbers as a table</source>
        <translation>图表数值的表格</translation>
    </message>
</context>
<context>
    <name>gatescope::ChatPanel</name>
    <message>
        <source>Filter tokens by routing and text (Ctrl+Shift+L)</source>
        <translation>按路由和文本筛选 token (Ctrl+Shift+L)</translation>
    </message>
    <message>
        <source>Filter tokens</source>
        <translation>筛选 token</translation>
    </message>
    <message>
        <source>No model yet</source>
        <translation>尚未打开模型</translation>
    </message>
    <message>
        <source>Open one to talk to it and watch which experts answer, or try the small model that comes with Gatescope.</source>
        <translation>打开一个模型与之对话，观察由哪些专家作答；也可以试试 Gatescope 自带的小模型。</translation>
    </message>
    <message>
        <source>Open one to talk to it and watch which experts answer.</source>
        <translation>打开一个模型与之对话，观察由哪些专家作答。</translation>
    </message>
    <message>
        <source>Open a model…</source>
        <translation>打开模型…</translation>
    </message>
    <message>
        <source>Open the demo model</source>
        <translation>打开演示模型</translation>
    </message>
    <message>
        <source>No conversation yet</source>
        <translation>尚无对话</translation>
    </message>
    <message>
        <source>Write something below. The model continues it, and every token shows which experts it went through.</source>
        <translation>在下方写点什么，模型会接着写，每个 token 都会显示它经过了哪些专家。</translation>
    </message>
    <message>
        <source>Start Gatescope again</source>
        <translation>重新启动 Gatescope</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Recording</source>
        <translation>录制</translation>
    </message>
</context>
<context>
    <name>gatescope::ChatView</name>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Jump to latest</source>
        <translation>跳到最新</translation>
    </message>
    <message>
        <source>Copy code</source>
        <translation>复制代码</translation>
    </message>
    <message>
        <source>Open this address</source>
        <translation>打开此链接</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>复制链接</translation>
    </message>
    <message>
        <source>Showing all…</source>
        <translation>正在显示全部…</translation>
    </message>
    <message>
        <source>Show all (%1)</source>
        <translation>显示全部（%1）</translation>
    </message>
    <message>
        <source>Show all of this message, %1</source>
        <translation>显示此消息的全部内容，%1</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Alternatives of this token	A</source>
        <translation>此 token 的备选	A</translation>
    </message>
    <message>
        <source>Show replies</source>
        <translation>回复显示方式</translation>
    </message>
    <message>
        <source>Formatted</source>
        <translation>排版</translation>
    </message>
    <message>
        <source>As written</source>
        <translation>原文</translation>
    </message>
    <message>
        <source>Token by token</source>
        <translation>逐 token</translation>
    </message>
    <message>
        <source>Clear the token range</source>
        <translation>清除 token 范围</translation>
    </message>
    <message>
        <source>Edit and send again</source>
        <translation>编辑后重新发送</translation>
    </message>
    <message>
        <source>Edit this reply</source>
        <translation>编辑此回复</translation>
    </message>
    <message>
        <source>Regenerate</source>
        <translation>重新生成</translation>
    </message>
    <message>
        <source>Continue</source>
        <translation>继续生成</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>显示全部</translation>
    </message>
    <message>
        <source>All versions…</source>
        <translation>所有版本…</translation>
    </message>
    <message>
        <source>Delete this version and what follows</source>
        <translation>删除此版本及其后内容</translation>
    </message>
    <message>
        <source>Delete this message and what follows</source>
        <translation>删除此消息及其后内容</translation>
    </message>
    <message>
        <source>In the conversation</source>
        <translation>在对话中</translation>
    </message>
    <message>
        <source>Alternatives of the token picked</source>
        <translation>所选 token 的备选</translation>
    </message>
    <message>
        <source>Show all rows</source>
        <translation>显示所有行</translation>
    </message>
</context>
<context>
    <name>gatescope::CoactivationPanel</name>
    <message>
        <source>What the cells show</source>
        <translation>单元格显示的内容</translation>
    </message>
    <message>
        <source>co-activation</source>
        <translation>共激活</translation>
    </message>
    <message>
        <source>lift</source>
        <translation>提升度</translation>
    </message>
    <message>
        <source>phi</source>
        <translation>φ 系数</translation>
    </message>
    <message>
        <source>Of the tokens that selected the row&apos;s expert, how many selected the column&apos;s too</source>
        <translation>选中行专家的 token 中，同时选中列专家的比例</translation>
    </message>
    <message>
        <source>How much more often together than their loads say</source>
        <translation>两者一同被选中的频率是按各自负载预期的多少倍</translation>
    </message>
    <message>
        <source>Correlation of the two selections, -1 to 1</source>
        <translation>两个专家选中情况的相关系数，-1 至 1</translation>
    </message>
    <message>
        <source>Point at a cell for its numbers; a click picks the row&apos;s expert</source>
        <translation>指向单元格可查看数值；单击选取该行的专家</translation>
    </message>
    <message>
        <source>expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>selected together with</source>
        <translation>同时选中</translation>
    </message>
    <message>
        <source>Expert %1 was selected by %2 tokens</source>
        <translation>专家 %1 被 %2 个 token 选中</translation>
    </message>
    <message>
        <source>Expert %1 with %2: %3 %4 · %5 tokens selected both · %6</source>
        <translation>专家 %1 与 %2：%3 %4 · %5 个 token 同时选中两者 · %6</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>尚无可统计的 token。</translation>
    </message>
    <message>
        <source>Layer %1 · %2 · chance %3 · outside the 95 % band: %4 of %5 (chance alone: 5 in 100)</source>
        <translation>第 %1 层 · %2 · 随机水平 %3 · 超出 95% 随机区间：%4 / %5（仅凭偶然：每 100 个中 5 个）</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>，仍在统计</translation>
    </message>
    <message>
        <source>Co-activation</source>
        <translation>共激活</translation>
    </message>
</context>
<context>
    <name>gatescope::CommandPalette</name>
    <message>
        <source>Command palette</source>
        <translation>命令面板</translation>
    </message>
    <message>
        <source>Find a command</source>
        <translation>查找命令</translation>
    </message>
    <message>
        <source>Type a command, a view, a conversation…</source>
        <translation>输入命令、视图或对话…</translation>
    </message>
    <message>
        <source>Commands found</source>
        <translation>找到的命令</translation>
    </message>
    <message>
        <source>Nothing is called so.</source>
        <translation>没有匹配的项目。</translation>
    </message>
    <message>
        <source>Up and Down choose, Enter runs, Esc closes</source>
        <translation>上下键选择，Enter 执行，Esc 关闭</translation>
    </message>
    <message>
        <source>Not available now.</source>
        <translation>当前不可用。</translation>
    </message>
</context>
<context>
    <name>gatescope::ComparePanel</name>
    <message>
        <source>Compare with a recording</source>
        <translation>与录制对比</translation>
    </message>
    <message>
        <source>Gatescope recordings (*.gscope)</source>
        <translation>Gatescope 录制文件 (*.gscope)</translation>
    </message>
    <message>
        <source>choose a run</source>
        <translation>选择一次运行</translation>
    </message>
    <message>
        <source>versions %1 and %2: the last reply has %3</source>
        <translation>版本 %1 和 %2：最后一条回复只有 %3 个版本</translation>
    </message>
    <message>
        <source>There is no reply that could be run again now.</source>
        <translation>当前没有可以重新运行的回复。</translation>
    </message>
    <message>
        <source>Nothing would differ: ablate, force or bias an expert in the heatmap first.</source>
        <translation>结果不会有差异：请先在热力图中消融、强制选中或偏置某个专家。</translation>
    </message>
    <message>
        <source>%1 tokens alike, %2 replaced, %3 only in A, %4 only in B.</source>
        <translation>%1 个 token 相同，%2 个被替换，%3 个仅 A 有，%4 个仅 B 有。</translation>
    </message>
    <message>
        <source>No routing to compare.</source>
        <translation>没有可对比的路由。</translation>
    </message>
    <message>
        <source>Routing is being compared.</source>
        <translation>正在对比路由。</translation>
    </message>
    <message>
        <source>Over the %1 alike, %2 % of the experts are the same (by chance %3 %).</source>
        <translation>在相同的 %1 个 token 上，%2% 的专家一致（随机水平 %3%）。</translation>
    </message>
    <message>
        <source>Routing over all tokens of each, as few are alike.</source>
        <translation>相同的 token 较少，因此对比各自全部 token 的路由。</translation>
    </message>
    <message>
        <source>%1 of %2 cells differ by more than noise (by luck about %3).</source>
        <translation>%2 个单元格中有 %1 个的差异超出噪声（偶然情况下约 %3 个）。</translation>
    </message>
    <message>
        <source>Mean KL %1 bit a token; a full bar is %2 bit.</source>
        <translation>平均 KL 为每 token %1 比特；满格为 %2 比特。</translation>
    </message>
    <message>
        <source>Run again with interventions</source>
        <translation>带干预重新运行</translation>
    </message>
    <message>
        <source>Run again without interventions</source>
        <translation>不带干预重新运行</translation>
    </message>
    <message>
        <source>The last reply once more with its seed, %1</source>
        <translation>以相同种子重新生成最后一条回复，%1</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Measure KL</source>
        <translation>测量 KL</translation>
    </message>
    <message>
        <source>How far each next-token distribution of A moves under B&apos;s interventions; both are computed</source>
        <translation>在 B 的干预下，A 的每个下一 token 分布会偏移多少；两者都会计算</translation>
    </message>
    <message>
        <source>Two replies to the same question, side by side.

Change an expert in the heatmap and run the last reply again, or choose two runs above.</source>
        <translation>并排显示对同一问题的两个回复。

在热力图中更改某个专家并重新运行最后一条回复，或在上方选择两次运行。</translation>
    </message>
    <message>
        <source>Progress of the measurement</source>
        <translation>测量进度</translation>
    </message>
    <message>
        <source>points of router probability: blue more in A, orange more in B</source>
        <translation>路由概率的百分点：蓝色表示 A 更高，橙色表示 B 更高</translation>
    </message>
    <message>
        <source>within the noise</source>
        <translation>噪声范围内</translation>
    </message>
    <message>
        <source>A</source>
        <translation>A</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>Run A</source>
        <translation>运行 A</translation>
    </message>
    <message>
        <source>Run B</source>
        <translation>运行 B</translation>
    </message>
    <message>
        <source>N seeds…</source>
        <translation>N 个种子…</translation>
    </message>
    <message>
        <source>Continues the prompt of A and B with many seeds, as A and as B</source>
        <translation>用多个种子续写 A 和 B 的提示词，分别按 A 和按 B 运行</translation>
    </message>
    <message>
        <source>Two prompts…</source>
        <translation>两段提示词…</translation>
    </message>
    <message>
        <source>Continue two texts with the same seed</source>
        <translation>用相同种子续写两段文本</translation>
    </message>
    <message>
        <source>Recording…</source>
        <translation>录制…</translation>
    </message>
    <message>
        <source>Compare with the conversation of a .gscope file</source>
        <translation>与 .gscope 文件中的对话进行对比</translation>
    </message>
    <message>
        <source>Text A, as the model reads it</source>
        <translation>文本 A，即模型读到的原样</translation>
    </message>
    <message>
        <source>Text B</source>
        <translation>文本 B</translation>
    </message>
    <message>
        <source>Run both</source>
        <translation>运行两者</translation>
    </message>
</context>
<context>
    <name>gatescope::Comparison</name>
    <message>
        <source>There is nothing to compare yet.</source>
        <translation>尚无可对比的内容。</translation>
    </message>
    <message>
        <source>Both sides have the same interventions, so their distributions are the same.</source>
        <translation>两侧的干预相同，因此分布也相同。</translation>
    </message>
    <message>
        <source>No model is open: open the one that wrote A.</source>
        <translation>未打开模型：请打开生成 A 的模型。</translation>
    </message>
    <message>
        <source>Another model is open than the one that wrote A.</source>
        <translation>当前打开的模型不是生成 A 的模型。</translation>
    </message>
    <message>
        <source>A reply is being written.</source>
        <translation>正在生成回复。</translation>
    </message>
</context>
<context>
    <name>gatescope::Composer</name>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Write a message…</source>
        <translation>输入消息…</translation>
    </message>
    <message>
        <source>Prompt template</source>
        <translation>提示词模板</translation>
    </message>
    <message>
        <source>Prompt templates, and what the model reads (Ctrl+Shift+P)</source>
        <translation>提示词模板，以及模型读到的内容 (Ctrl+Shift+P)</translation>
    </message>
    <message>
        <source>Prompt templates</source>
        <translation>提示词模板</translation>
    </message>
    <message>
        <source>How replies are drawn: temperature, top-p, seed… (Ctrl+,)</source>
        <translation>回复的采样方式：温度、top-p、种子… (Ctrl+,)</translation>
    </message>
    <message>
        <source>Reply settings</source>
        <translation>回复设置</translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation>发送 (Enter)</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Stop (Esc)</source>
        <translation>停止 (Esc)</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Editing your message: sending makes a new branch, the old one is kept. Esc cancels.</source>
        <translation>正在编辑您的消息：发送会新建分支，原消息保留。按 Esc 取消。</translation>
    </message>
    <message>
        <source>Editing a reply: sending keeps yours beside it and asks nothing. Esc cancels.</source>
        <translation>正在编辑回复：发送会将您的版本与原回复并列保存，不会向模型提问。按 Esc 取消。</translation>
    </message>
    <message>
        <source>A base model continues text. %1</source>
        <translation>基座模型会续写文本。%1</translation>
    </message>
</context>
<context>
    <name>gatescope::ContextMeter</name>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>%1 + %2</source>
        <translation>%1 + %2</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>about %1 of %2</source>
        <translation>约 %1 / %2</translation>
    </message>
    <message>
        <source>%1 / %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>~%1 / %2</source>
        <translation>~%1 / %2</translation>
    </message>
    <message>
        <source>The conversation takes %1 of the %2 tokens that the model&apos;s context holds.</source>
        <translation>模型上下文可容纳 %2 个 token，对话已占用 %1 个。</translation>
    </message>
    <message>
        <source>This message adds %1.</source>
        <translation>此消息增加 %1 个。</translation>
    </message>
    <message>
        <source>This message adds about %1.</source>
        <translation>此消息约增加 %1 个。</translation>
    </message>
    <message>
        <source>The reply has room for all of its %1.</source>
        <translation>可为回复留足全部 %1 个。</translation>
    </message>
    <message>
        <source>%1 tokens too many: shorten it, go back to an earlier message, or start a new chat. Nothing is left out silently.</source>
        <translation>超出 %1 个 token：请缩短消息、回到较早的消息或新建对话。不会悄悄略去任何内容。</translation>
    </message>
    <message>
        <source>The reply has room for %1 of its %2 tokens.</source>
        <translation>回复需要 %2 个 token，只剩 %1 个的空间。</translation>
    </message>
</context>
<context>
    <name>gatescope::ContrastBars</name>
    <message>
        <source>pinned: %1</source>
        <translation>固定：%1</translation>
    </message>
    <message>
        <source>now: %1</source>
        <translation>当前：%1</translation>
    </message>
</context>
<context>
    <name>gatescope::ContrastModel</name>
    <message>
        <source>#</source>
        <translation>#</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>A − B</source>
        <translation>A − B</translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation>95% 置信区间</translation>
    </message>
    <message>
        <source>in A</source>
        <translation>A 中</translation>
    </message>
    <message>
        <source>in B</source>
        <translation>B 中</translation>
    </message>
    <message>
        <source> · thin</source>
        <translation> · 样本少</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 至 %2</translation>
    </message>
    <message>
        <source>ablated ×</source>
        <translation>已消融 ×</translation>
    </message>
    <message>
        <source>ablate</source>
        <translation>消融</translation>
    </message>
    <message>
        <source>forced ×</source>
        <translation>已强制 ×</translation>
    </message>
    <message>
        <source>force</source>
        <translation>强制</translation>
    </message>
    <message>
        <source>bias +</source>
        <translation>偏置 +</translation>
    </message>
    <message>
        <source>bias −</source>
        <translation>偏置 −</translation>
    </message>
    <message>
        <source>Layer %1 expert %2 is selected by %3 of %4 tokens in A and %5 of %6 in B.</source>
        <translation>第 %1 层专家 %2：A 的 %4 个 token 中有 %3 个选中，B 的 %6 个中有 %5 个选中。</translation>
    </message>
    <message>
        <source>The interval leaves 0 out.</source>
        <translation>区间不含 0。</translation>
    </message>
    <message>
        <source>The interval holds 0: it may be luck.</source>
        <translation>区间包含 0：可能是偶然。</translation>
    </message>
    <message>
        <source>One side has too few tokens to be read.</source>
        <translation>有一侧的 token 过少，无法判读。</translation>
    </message>
    <message>
        <source>%1, layer %2 expert %3</source>
        <translation>%1，第 %2 层专家 %3</translation>
    </message>
</context>
<context>
    <name>gatescope::ContrastPanel</name>
    <message>
        <source>Pin this</source>
        <translation>固定当前</translation>
    </message>
    <message>
        <source>Keep these tokens&apos; load, to hold another range or version against it</source>
        <translation>固定这些 token 的负载，用来与其他范围或版本对照</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>取消固定</translation>
    </message>
    <message>
        <source>Lines are 95 % intervals of the difference; a filled dot stands out from zero</source>
        <translation>线段为差值的 95% 置信区间；实心点表示与零有显著差异</translation>
    </message>
    <message>
        <source>, version %1 of %2</source>
        <translation>，版本 %1 / %2</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>尚无可统计的 token。</translation>
    </message>
    <message>
        <source>Pin what is counted now (%1); then pick another range, version or conversation to see what differs.</source>
        <translation>固定当前统计的内容（%1），再选择其他范围、版本或对话查看差异。</translation>
    </message>
    <message>
        <source>Pinned: %1. Here is no token to hold against it.</source>
        <translation>已固定：%1。这里没有可与之对照的 token。</translation>
    </message>
    <message>
        <source>Pinned: %1 of %2 layers of %3 experts; here are %4 of %5. Pin this one to compare.</source>
        <translation>已固定：%1，%2 层、每层 %3 个专家；这里是 %4 层、每层 %5 个。请固定当前内容再作对照。</translation>
    </message>
    <message>
        <source>Layer %1 · share of tokens that selected each expert · stand out: %2 of %3 (by luck 5 in 100) · dashed: chance %4</source>
        <translation>第 %1 层 · 选中各专家的 token 占比 · 显著：%2 / %3（偶然情况下每 100 个中 5 个）· 虚线：随机水平 %4</translation>
    </message>
    <message>
        <source>too few to say</source>
        <translation>样本过少，无法判断</translation>
    </message>
    <message>
        <source>stands out</source>
        <translation>显著</translation>
    </message>
    <message>
        <source>may be luck</source>
        <translation>可能是偶然</translation>
    </message>
    <message>
        <source>Expert %1: now %2 of %3 tokens, pinned %4 of %5 · difference %6 (%7 to %8) · %9</source>
        <translation>专家 %1：当前 %3 个 token 中的 %2 个，固定的 %5 个中的 %4 个 · 差值 %6（%7 至 %8）· %9</translation>
    </message>
    <message>
        <source>Contrast</source>
        <translation>对照</translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationDelegate</name>
    <message>
        <source>Draft</source>
        <translation>草稿</translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationExport</name>
    <message>
        <source>conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Nothing was exported: %1</source>
        <translation>未导出任何内容：%1</translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationListModel</name>
    <message>
        <source>yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>Untitled</source>
        <translation>未命名</translation>
    </message>
    <message>
        <source>Archive</source>
        <translation>归档</translation>
    </message>
    <message>
        <source>%1, folder, open, %2 conversations</source>
        <translation>%1，文件夹，已展开，%2 个对话</translation>
    </message>
    <message>
        <source>%1, folder, closed, %2 conversations</source>
        <translation>%1，文件夹，已折叠，%2 个对话</translation>
    </message>
    <message>
        <source>%1 of %2 tokens</source>
        <translation>%1 / %2 个 token</translation>
    </message>
    <message>
        <source>1 message</source>
        <translation>1 条消息</translation>
    </message>
    <message>
        <source>%1 messages</source>
        <translation>%1 条消息</translation>
    </message>
</context>
<context>
    <name>gatescope::ConversationPanel</name>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>New chat (Ctrl+N)</source>
        <translation>新建对话 (Ctrl+N)</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新建对话</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Search conversations</source>
        <translation>搜索对话</translation>
    </message>
    <message>
        <source>Words, and where it is kept: tag:name in:folder is:pinned is:archived is:draft
Or routing: and a filter, like routing: layer=17 &amp; expert=3 &amp; text~&quot;self&quot;</source>
        <translation>输入词语和所在位置：tag:name in:folder is:pinned is:archived is:draft
或输入 routing: 加筛选条件，例如 routing: layer=17 &amp; expert=3 &amp; text~&quot;self&quot;</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Undo delete</source>
        <translation>撤销删除</translation>
    </message>
    <message>
        <source>Conversations you have are kept here.</source>
        <translation>您的对话会保存在这里。</translation>
    </message>
    <message>
        <source>Nothing found for “%1”</source>
        <translation>未找到“%1”</translation>
    </message>
    <message>
        <source>Deleted “%1”</source>
        <translation>已删除“%1”</translation>
    </message>
    <message>
        <source>New folder</source>
        <translation>新建文件夹</translation>
    </message>
    <message>
        <source>New folder %1</source>
        <translation>新建文件夹 %1</translation>
    </message>
    <message>
        <source>No folder</source>
        <translation>无文件夹</translation>
    </message>
    <message>
        <source>New folder…</source>
        <translation>新建文件夹…</translation>
    </message>
    <message>
        <source>Move to a new folder</source>
        <translation>移动到新文件夹</translation>
    </message>
    <message>
        <source>Its name; with / between names it is a folder in a folder</source>
        <translation>文件夹名称；名称之间用 / 分隔表示嵌套文件夹</translation>
    </message>
    <message>
        <source>Edit tags…</source>
        <translation>编辑标签…</translation>
    </message>
    <message>
        <source>Tags</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Tags of this conversation, with commas between them</source>
        <translation>此对话的标签，以逗号分隔</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>New folder in it</source>
        <translation>在其中新建文件夹</translation>
    </message>
    <message>
        <source>Delete the folder, keep what it holds</source>
        <translation>删除文件夹，保留其中内容</translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation>取消置顶</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Move to</source>
        <translation>移动到</translation>
    </message>
    <message>
        <source>Take out of the archive</source>
        <translation>移出归档</translation>
    </message>
    <message>
        <source>Archive</source>
        <translation>归档</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Behind routing: write a filter, like expert=3 &amp; text~&quot;self&quot;</source>
        <translation>在 routing: 后输入筛选条件，例如 expert=3 &amp; text~&quot;self&quot;</translation>
    </message>
    <message>
        <source>Looking: %1 of %2 conversations (Esc ends it)</source>
        <translation>正在查找：%1 / %2 个对话（按 Esc 结束）</translation>
    </message>
    <message>
        <source>%1 tokens in %2 of %3 conversations</source>
        <translation>%3 个对话中的 %2 个含有匹配，共 %1 个 token</translation>
    </message>
    <message>
        <source>; %1 could not be read: %2</source>
        <translation>；%1 个无法读取：%2</translation>
    </message>
    <message>
        <source>The %1 conversations it was last said in: another word leaves fewer</source>
        <translation>最近提到它的 %1 个对话：再加一个词可缩小范围</translation>
    </message>
    <message>
        <source>Rename a tag everywhere</source>
        <translation>在所有对话中重命名标签</translation>
    </message>
    <message>
        <source>Delete a tag everywhere</source>
        <translation>在所有对话中删除标签</translation>
    </message>
    <message>
        <source>Rename a tag</source>
        <translation>重命名标签</translation>
    </message>
    <message>
        <source>Its name from now on, in every conversation that has the tag “%1”.
The name of another tag makes one of both.</source>
        <translation>标签“%1”在所有含有它的对话中从此使用的名称。
填写另一个标签的名称会将两者合并。</translation>
    </message>
    <message>
        <source>Delete a tag</source>
        <translation>删除标签</translation>
    </message>
    <message>
        <source>Take the tag “%1” away from the conversation that has it?</source>
        <translation>从含有标签“%1”的那个对话中移除它？</translation>
    </message>
    <message>
        <source>Take the tag “%1” away from %2 conversations?</source>
        <translation>从 %2 个对话中移除标签“%1”？</translation>
    </message>
    <message>
        <source>The conversations stay. This cannot be undone.</source>
        <translation>对话会保留。此操作无法撤销。</translation>
    </message>
    <message>
        <source>Delete the tag</source>
        <translation>删除标签</translation>
    </message>
</context>
<context>
    <name>gatescope::DifferenceMap</name>
    <message>
        <source>Difference of the router probabilities, B less A, layers by experts</source>
        <translation>路由概率之差，B 减 A，层 × 专家</translation>
    </message>
    <message>
        <source>Layer %1 expert %2: mean router probability in B less A %3 points, noise ±%4</source>
        <translation>第 %1 层专家 %2：平均路由概率 B 减 A 为 %3 个百分点，噪声 ±%4</translation>
    </message>
    <message>
        <source>: more than noise.</source>
        <translation>：超出噪声。</translation>
    </message>
    <message>
        <source>: within the noise.</source>
        <translation>：在噪声范围内。</translation>
    </message>
    <message>
        <source>alike</source>
        <translation>一致</translation>
    </message>
    <message>
        <source>Selected by %1 of %2 tokens in A, %3 of %4 in B: %5 points (95 % interval %6 to %7), from few tokens.</source>
        <translation>A 的 %2 个 token 中有 %1 个选中，B 的 %4 个中有 %3 个：%5 个百分点（95% 置信区间 %6 至 %7），token 较少。</translation>
    </message>
    <message>
        <source>Selected by %1 of %2 tokens in A, %3 of %4 in B: %5 points (95 % interval %6 to %7).</source>
        <translation>A 的 %2 个 token 中有 %1 个选中，B 的 %4 个中有 %3 个：%5 个百分点（95% 置信区间 %6 至 %7）。</translation>
    </message>
</context>
<context>
    <name>gatescope::DomainPanel</name>
    <message>
        <source>What tokens are put together by</source>
        <translation>token 的分组依据</translation>
    </message>
    <message>
        <source>by message</source>
        <translation>按消息</translation>
    </message>
    <message>
        <source>prompt and generated</source>
        <translation>提示词与生成</translation>
    </message>
    <message>
        <source>Point at a cell for its numbers; a click picks the expert</source>
        <translation>指向单元格可查看数值；单击选取该专家</translation>
    </message>
    <message>
        <source>prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>%1 you</source>
        <translation>%1 您</translation>
    </message>
    <message>
        <source>%1 reply</source>
        <translation>%1 回复</translation>
    </message>
    <message>
        <source>layer %1, expert</source>
        <translation>第 %1 层，专家</translation>
    </message>
    <message>
        <source>%1, expert %2: selected by %3 of its tokens · %4</source>
        <translation>%1，专家 %2：其 token 中有 %3 选中 · %4</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>尚无可统计的 token。</translation>
    </message>
    <message>
        <source>Layer %1 · %2 tokens, prompts included · first choices tell %3 bits of the message</source>
        <translation>第 %1 层 · %2 个 token，含提示词 · 首选对所属消息提供 %3 比特信息</translation>
    </message>
    <message>
        <source>Layer %1 · %2 tokens · first choices tell %3 bits of prompt or generated</source>
        <translation>第 %1 层 · %2 个 token · 首选对“提示词或生成”提供 %3 比特信息</translation>
    </message>
    <message>
        <source>, by luck alone %1</source>
        <translation>，仅凭偶然为 %1</translation>
    </message>
    <message>
        <source> (too few tokens to say)</source>
        <translation>（token 过少，无法判断）</translation>
    </message>
    <message>
        <source> · the newest %1 messages drawn</source>
        <translation> · 仅绘出最新的 %1 条消息</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>，仍在统计</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
</context>
<context>
    <name>gatescope::EmptyState</name>
    <message>
        <source>Suggestion: %1</source>
        <translation>建议：%1</translation>
    </message>
</context>
<context>
    <name>gatescope::EntropyChart</name>
    <message>
        <source>A click picks the token</source>
        <translation>单击选取 token</translation>
    </message>
    <message>
        <source>Entropy</source>
        <translation>熵</translation>
    </message>
    <message>
        <source>Margin</source>
        <translation>间隔</translation>
    </message>
    <message>
        <source>Mass</source>
        <translation>概率质量</translation>
    </message>
    <message>
        <source>Left scale, in bits: how unsure the router is</source>
        <translation>左轴，单位比特：路由器有多不确定</translation>
    </message>
    <message>
        <source>Right scale: how far the first choice is ahead of the second</source>
        <translation>右轴：首选领先次选多少</translation>
    </message>
    <message>
        <source>Right scale, routed mass: what the selected experts&apos; probabilities add up to</source>
        <translation>右轴，路由概率质量：选中专家的概率之和</translation>
    </message>
    <message>
        <source>Range only</source>
        <translation>仅范围</translation>
    </message>
    <message>
        <source>Let the range of tokens that is picked fill the chart</source>
        <translation>让所选的 token 范围占满图表</translation>
    </message>
    <message>
        <source>No token has gone through the model yet.</source>
        <translation>尚无 token 经过模型。</translation>
    </message>
    <message>
        <source>%1 · token %2: entropy %3 bits (chance %4), margin %5 (0), routed mass %6 (%7)</source>
        <translation>%1 · token %2：熵 %3 比特（随机水平 %4），间隔 %5（0），路由概率质量 %6（%7）</translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>Mean over layers</source>
        <translation>各层平均</translation>
    </message>
    <message>
        <source> · still reading the conversation</source>
        <translation> · 仍在读取对话</translation>
    </message>
</context>
<context>
    <name>gatescope::ExpertGrid</name>
    <message>
        <source>outside the 95 % band; pale: within</source>
        <translation>超出 95% 随机区间；浅色：区间内</translation>
    </message>
    <message>
        <source>fewer than %1 observations</source>
        <translation>观测少于 %1 次</translation>
    </message>
</context>
<context>
    <name>gatescope::ExpertSearch</name>
    <message>
        <source>A search is running: cancel it first.</source>
        <translation>已有查找正在运行：请先取消。</translation>
    </message>
    <message>
        <source>No model is open: open one first.</source>
        <translation>未打开模型：请先打开一个。</translation>
    </message>
    <message>
        <source>A reply is being written: stop it first.</source>
        <translation>正在生成回复：请先停止。</translation>
    </message>
    <message>
        <source>Both sets need a prompt: one a line, or load a file.</source>
        <translation>两组都需要提示词：每行一条，或从文件载入。</translation>
    </message>
</context>
<context>
    <name>gatescope::FilterBar</name>
    <message>
        <source>Filter tokens by routing and text</source>
        <translation>按路由和文本筛选 token</translation>
    </message>
    <message>
        <source>Fields: layer, expert, first, p(3), gate(3), margin, decisive, entropy, mass, repeat, text, logprob, surprise, token, index, message, role, generated, drafted, routed. Operators: = != &lt; &lt;= &gt; &gt;= ~ &amp; | ! ( ), layer=3..9, expert={1,3}, all: any: none:</source>
        <translation>字段：layer、expert、first、p(3)、gate(3)、margin、decisive、entropy、mass、repeat、text、logprob、surprise、token、index、message、role、generated、drafted、routed。运算符：= != &lt; &lt;= &gt; &gt;= ~ &amp; | ! ( )、layer=3..9、expert={1,3}、all: any: none:</translation>
    </message>
    <message>
        <source>Filters used before (Up and Down)</source>
        <translation>用过的筛选条件（上下键）</translation>
    </message>
    <message>
        <source>Previous match (Shift+F3)</source>
        <translation>上一个匹配 (Shift+F3)</translation>
    </message>
    <message>
        <source>Next match (F3)</source>
        <translation>下一个匹配 (F3)</translation>
    </message>
    <message>
        <source>Close the filter (Esc)</source>
        <translation>关闭筛选 (Esc)</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>Filters used before</source>
        <translation>用过的筛选条件</translation>
    </message>
</context>
<context>
    <name>gatescope::FindBar</name>
    <message>
        <source>Find in this conversation</source>
        <translation>在此对话中查找</translation>
    </message>
    <message>
        <source>Previous (Ctrl+Shift+G)</source>
        <translation>上一个 (Ctrl+Shift+G)</translation>
    </message>
    <message>
        <source>Next (Ctrl+G)</source>
        <translation>下一个 (Ctrl+G)</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>关闭 (Esc)</translation>
    </message>
    <message>
        <source>looking…</source>
        <translation>正在查找…</translation>
    </message>
    <message>
        <source>not found</source>
        <translation>未找到</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>查找</translation>
    </message>
</context>
<context>
    <name>gatescope::FindPanel</name>
    <message>
        <source>Prompts read</source>
        <translation>提示词读取进度</translation>
    </message>
    <message>
        <source>Set A: one prompt a line</source>
        <translation>A 组：每行一条提示词</translation>
    </message>
    <message>
        <source>Set B: one prompt a line</source>
        <translation>B 组：每行一条提示词</translation>
    </message>
    <message>
        <source>Load…</source>
        <translation>载入…</translation>
    </message>
    <message>
        <source>Prompts from a .txt file, one a line, or a .jsonl file</source>
        <translation>从 .txt 文件（每行一条）或 .jsonl 文件载入提示词</translation>
    </message>
    <message>
        <source>Load set A from a file</source>
        <translation>从文件载入 A 组</translation>
    </message>
    <message>
        <source>Load set B from a file</source>
        <translation>从文件载入 B 组</translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation>导出 CSV…</translation>
    </message>
    <message>
        <source>Experts by how far they tell the two sets apart</source>
        <translation>专家列表，按区分两组的程度排列</translation>
    </message>
    <message>
        <source>Load prompts</source>
        <translation>载入提示词</translation>
    </message>
    <message>
        <source>Prompts (*.txt *.jsonl);;All files (*)</source>
        <translation>提示词 (*.txt *.jsonl);;所有文件 (*)</translation>
    </message>
    <message>
        <source>%1: expected a text file of at most 1 MB that can be read</source>
        <translation>%1：应为可读取的文本文件，且不超过 1 MB</translation>
    </message>
    <message>
        <source>Export as CSV</source>
        <translation>导出为 CSV</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>%1 could not be written: %2</source>
        <translation>无法写入 %1：%2</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Find experts</source>
        <translation>查找专家</translation>
    </message>
    <message>
        <source>%1 of %2 prompts read</source>
        <translation>已读取 %1 / %2 条提示词</translation>
    </message>
    <message>
        <source>Which experts are selected for A more often than for B</source>
        <translation>哪些专家在 A 组中比在 B 组中更常被选中</translation>
    </message>
    <message>
        <source>Open a model first</source>
        <translation>请先打开模型</translation>
    </message>
    <message>
        <source>%1 of %2 experts differ, by luck about %3; difference in points of the tokens that select it</source>
        <translation>%2 个专家中有 %1 个存在差异，偶然情况下约 %3 个；差值为选中该专家的 token 占比之差（百分点）</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatPage</name>
    <message>
        <source>Percent of a layer&apos;s selections that each expert took</source>
        <translation>每层选择中各专家所占的百分比</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>复制路径</translation>
    </message>
    <message>
        <source>Copy the path of the heat file</source>
        <translation>复制热度文件的路径</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Open the folder of the heat file</source>
        <translation>打开热度文件所在的文件夹</translation>
    </message>
    <message>
        <source>Undo reset</source>
        <translation>撤销重置</translation>
    </message>
    <message>
        <source>Reset…</source>
        <translation>重置…</translation>
    </message>
    <message>
        <source>Forget the heat of this model</source>
        <translation>清除此模型的热度</translation>
    </message>
    <message>
        <source>Nothing is learnt from the recording that is shown: heat is of what is said to a model here.</source>
        <translation>不会从所显示的录制中学习：热度来自在此处与模型的对话。</translation>
    </message>
    <message>
        <source>No model is open.</source>
        <translation>未打开模型。</translation>
    </message>
    <message>
        <source>There is no heat: which weights these are is not known before all of them have been read.</source>
        <translation>没有热度：读完全部权重之前，无法确定这是哪些权重。</translation>
    </message>
    <message>
        <source>MEASURED. Tokens counted: %1; a selection counts half after %2 tokens. Percent of a layer&apos;s selections; by chance %3 (grey), less is blue, more orange, full from %4 on.</source>
        <translation>实测。已计 token：%1；一次选择在 %2 个 token 之后只计一半。数值为占该层选择的百分比；随机水平 %3（灰色），更少为蓝色，更多为橙色，从 %4 起为全色。</translation>
    </message>
    <message>
        <source>MEASURED. Tokens counted: %1; none fades. Percent of a layer&apos;s selections; by chance %2 (grey), less is blue, more orange, full from %3 on.</source>
        <translation>实测。已计 token：%1；不衰减。数值为占该层选择的百分比；随机水平 %2（灰色），更少为蓝色，更多为橙色，从 %3 起为全色。</translation>
    </message>
    <message>
        <source>Of these selections the hottest 25 % of all experts took %1 %, 50 %: %2 %, 75 %: %3 %. That is what a fixed placement of them would have served; what is said next may ask for others.</source>
        <translation>在这些选择中，最热的 25% 专家占 %1%，50%：%2%，75%：%3%。固定放置这些专家本可满足这么多；接下来的内容可能需要其他专家。</translation>
    </message>
    <message>
        <source>Learning is switched off in the settings.</source>
        <translation>学习已在设置中关闭。</translation>
    </message>
    <message>
        <source>Not kept: %1</source>
        <translation>未保存：%1</translation>
    </message>
    <message>
        <source>Reset the heat</source>
        <translation>重置热度</translation>
    </message>
    <message>
        <source>Forget how often the experts of this model were selected?</source>
        <translation>清除此模型各专家被选中次数的记录？</translation>
    </message>
    <message>
        <source>Conversations stay as they are. It can be undone until another model is opened.</source>
        <translation>对话保持不变。在打开其他模型之前可以撤销。</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>清除</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatTableModel</name>
    <message>
        <source>Layer %1, expert %2: %3 % of the selections, by chance %4 %</source>
        <translation>第 %1 层，专家 %2：占选择的 %3%，随机水平 %4%</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>E%1</source>
        <translation>E%1</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapControls</name>
    <message>
        <source>What the heatmap shows</source>
        <translation>热力图显示的内容</translation>
    </message>
    <message>
        <source>half-life %1</source>
        <translation>半衰期 %1</translation>
    </message>
    <message>
        <source>Half-life of the fading mean, in tokens</source>
        <translation>衰减平均的半衰期，单位为 token</translation>
    </message>
    <message>
        <source>Which tokens count, in every view</source>
        <translation>计入哪些 token（对所有视图生效）</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>all tokens</source>
        <translation>全部 token</translation>
    </message>
    <message>
        <source>Pin</source>
        <translation>固定</translation>
    </message>
    <message>
        <source>Pin baseline</source>
        <translation>固定基线</translation>
    </message>
    <message>
        <source>Pin baseline: keep what is counted now as the one that later ranges, versions and conversations are compared with</source>
        <translation>固定基线：保留当前统计的内容，作为之后其他范围、版本和对话的对比基准</translation>
    </message>
    <message>
        <source>Colour map</source>
        <translation>配色方案</translation>
    </message>
    <message>
        <source>linear</source>
        <translation>线性</translation>
    </message>
    <message>
        <source>power %1</source>
        <translation>幂 %1</translation>
    </message>
    <message>
        <source>Power of the colour scale: below 1 spreads small values</source>
        <translation>颜色标度的幂次：小于 1 时拉开较小的值</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapLegend</name>
    <message>
        <source>first</source>
        <translation>首选</translation>
    </message>
    <message>
        <source>second</source>
        <translation>次选</translation>
    </message>
    <message>
        <source>earlier</source>
        <translation>此前</translation>
    </message>
    <message>
        <source>ablated</source>
        <translation>已消融</translation>
    </message>
    <message>
        <source>routed around</source>
        <translation>已绕过</translation>
    </message>
    <message>
        <source>forced</source>
        <translation>强制选中</translation>
    </message>
    <message>
        <source>swapped</source>
        <translation>已互换</translation>
    </message>
    <message>
        <source>biased</source>
        <translation>有偏置</translation>
    </message>
    <message>
        <source>scaled</source>
        <translation>已缩放</translation>
    </message>
    <message>
        <source>top-k</source>
        <translation>top-k</translation>
    </message>
    <message>
        <source>Heatmap legend</source>
        <translation>热力图图例</translation>
    </message>
    <message>
        <source>chance %1</source>
        <translation>随机水平 %1</translation>
    </message>
    <message>
        <source>%1 · 95 % of cells within %2 to %3</source>
        <translation>%1 · 95% 的单元格在 %2 至 %3 之间</translation>
    </message>
    <message>
        <source>Colour: %1, %2 map, from %3 to %4</source>
        <translation>颜色：%1，%2 配色，从 %3 到 %4</translation>
    </message>
    <message>
        <source>, drawn at the power of %1</source>
        <translation>，按 %1 次幂绘制</translation>
    </message>
    <message>
        <source>; by </source>
        <translation>；</translation>
    </message>
    <message>
        <source>; hatched: </source>
        <translation>；斜线填充：</translation>
    </message>
    <message>
        <source>; </source>
        <translation>；</translation>
    </message>
    <message>
        <source>; changed: </source>
        <translation>；已更改：</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapPanel</name>
    <message>
        <source>Ablate</source>
        <translation>消融</translation>
    </message>
    <message>
        <source>Take this expert&apos;s output away</source>
        <translation>移除该专家的输出</translation>
    </message>
    <message>
        <source>Force</source>
        <translation>强制</translation>
    </message>
    <message>
        <source>Select this expert for every token</source>
        <translation>让每个 token 都选中该专家</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>清除</translation>
    </message>
    <message>
        <source>Leave this expert to the model</source>
        <translation>将该专家交还给模型</translation>
    </message>
    <message>
        <source>No model yet.
Open one, or try the demo: every token it reads or writes shows here which experts it went through.</source>
        <translation>尚未打开模型。
打开一个模型，或试试演示模型：它读取或写出的每个 token 都会在这里显示经过了哪些专家。</translation>
    </message>
    <message>
        <source>No baseline yet.
Select a range of tokens, or none for all of them, and pin it; then select what to compare with it.</source>
        <translation>尚无基线。
选择一段 token 范围（不选即为全部）并固定，再选择要与之对比的内容。</translation>
    </message>
    <message>
        <source>The baseline is of a model with other layers or experts.
Pin one of this model.</source>
        <translation>基线来自层数或专家数不同的模型。
请固定当前模型的基线。</translation>
    </message>
    <message>
        <source>No token of this kind in the range.
Select another range, or count all tokens.</source>
        <translation>范围内没有此类 token。
请选择其他范围，或计入全部 token。</translation>
    </message>
    <message>
        <source>This token has not gone through the model.</source>
        <translation>此 token 尚未经过模型。</translation>
    </message>
    <message>
        <source>Nothing routed yet.
Send a message: each token lights up its experts, layer by layer.</source>
        <translation>尚无路由数据。
发送一条消息：每个 token 会逐层点亮它的专家。</translation>
    </message>
    <message>
        <source>token %1 of %2 · “%3”</source>
        <translation>token %1 / %2 · “%3”</translation>
    </message>
    <message>
        <source> · other interventions</source>
        <translation> · 干预不同</translation>
    </message>
    <message>
        <source>fewer than %1 tokens</source>
        <translation>少于 %1 个 token</translation>
    </message>
    <message>
        <source>Point at a cell, or walk with arrows</source>
        <translation>指向单元格，或用方向键移动</translation>
    </message>
    <message>
        <source>minus %1</source>
        <translation>减去 %1</translation>
    </message>
</context>
<context>
    <name>gatescope::HeatmapWidget</name>
    <message>
        <source>expert %1</source>
        <translation>专家 %1</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>Routing heatmap</source>
        <translation>路由热力图</translation>
    </message>
    <message>
        <source>In the heatmap</source>
        <translation>在热力图中</translation>
    </message>
    <message>
        <source>Next mode</source>
        <translation>下一个模式</translation>
    </message>
    <message>
        <source>Previous mode</source>
        <translation>上一个模式</translation>
    </message>
    <message>
        <source>Change the cell picked</source>
        <translation>更改所选单元格</translation>
    </message>
    <message>
        <source>Clear interventions</source>
        <translation>清除干预</translation>
    </message>
    <message>
        <source>One row a layer, one column an expert. Arrow keys walk the cells, Enter opens what can be done with an expert. Shift with arrows, or Control and a click, takes several cells.</source>
        <translation>每行一层，每列一个专家。方向键在单元格间移动，Enter 打开可对专家执行的操作。Shift 加方向键，或按住 Ctrl 单击，可选取多个单元格。</translation>
    </message>
</context>
<context>
    <name>gatescope::HistogramView</name>
    <message>
        <source>Histogram: %1</source>
        <translation>直方图：%1</translation>
    </message>
    <message>
        <source>Histogram: nothing chosen</source>
        <translation>直方图：未选择</translation>
    </message>
    <message>
        <source>%1 values from %2 to %3, mean %4, deviation %5, %6 zeros</source>
        <translation>%1 个值，%2 至 %3，均值 %4，标准差 %5，%6 个零</translation>
    </message>
</context>
<context>
    <name>gatescope::InterventionBar</name>
    <message>
        <source>layer %1 expert %2</source>
        <translation>第 %1 层专家 %2</translation>
    </message>
    <message>
        <source>Interventions in force</source>
        <translation>生效中的干预</translation>
    </message>
    <message>
        <source>Give every expert back to the model</source>
        <translation>将所有专家交还给模型</translation>
    </message>
    <message>
        <source>no interventions</source>
        <translation>无干预</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>重做</translation>
    </message>
    <message>
        <source>How far interventions reach</source>
        <translation>干预的作用范围</translation>
    </message>
    <message>
        <source>this chat</source>
        <translation>本对话</translation>
    </message>
    <message>
        <source>this reply</source>
        <translation>本次回复</translation>
    </message>
    <message>
        <source>In force for whatever is written and computed from now on</source>
        <translation>对此后写入和计算的一切内容生效</translation>
    </message>
    <message>
        <source>In force for the words of the next reply, not for what you write; then taken away</source>
        <translation>仅对下一条回复的文字生效，对您写的内容无效；之后自动移除</translation>
    </message>
    <message>
        <source>Only for tokens that match</source>
        <translation>仅对匹配的 token 生效</translation>
    </message>
    <message>
        <source>only for tokens like text=&quot;the&quot;</source>
        <translation>仅限此类 token：text=&quot;the&quot;</translation>
    </message>
    <message>
        <source>A filter over what is known before a token is computed: text, token (its id) and index (its position), as in text=&quot;the&quot; | index=10..19. Empty: all tokens.</source>
        <translation>按 token 计算前已知的信息筛选：text、token（其 id）和 index（其位置），例如 text=&quot;the&quot; | index=10..19。留空：全部 token。</translation>
    </message>
    <message>
        <source>%1 ×</source>
        <translation>%1 ×</translation>
    </message>
    <message>
        <source>%1. Press to take it away</source>
        <translation>%1。按下可移除</translation>
    </message>
    <message>
        <source>1 intervention · clear all</source>
        <translation>1 项干预 · 全部清除</translation>
    </message>
    <message>
        <source>%1 interventions · clear all</source>
        <translation>%1 项干预 · 全部清除</translation>
    </message>
    <message>
        <source>ablate %1</source>
        <translation>消融 %1</translation>
    </message>
    <message>
        <source>The output of %1 is taken away</source>
        <translation>移除%1 的输出</translation>
    </message>
    <message>
        <source>route around %1</source>
        <translation>绕过 %1</translation>
    </message>
    <message>
        <source>%1 is never selected, the next best takes its place</source>
        <translation>%1 从不被选中，由次优者顶替</translation>
    </message>
    <message>
        <source>force %1</source>
        <translation>强制 %1</translation>
    </message>
    <message>
        <source>%1 is always selected</source>
        <translation>%1 始终被选中</translation>
    </message>
    <message>
        <source>bias %1</source>
        <translation>偏置 %1</translation>
    </message>
    <message>
        <source>%1 is added to the router logit of %2</source>
        <translation>%2 的路由 logit 加上 %1</translation>
    </message>
    <message>
        <source>scale %1</source>
        <translation>缩放 %1</translation>
    </message>
    <message>
        <source>The gate of %1 is multiplied by %2</source>
        <translation>%1 的门控权重乘以 %2</translation>
    </message>
    <message>
        <source>swap %1</source>
        <translation>互换 %1</translation>
    </message>
    <message>
        <source>In layer %1, experts %2 and %3 are computed with each other&apos;s weights</source>
        <translation>第 %1 层中，专家 %2 和 %3 用彼此的权重计算</translation>
    </message>
    <message>
        <source>top %1</source>
        <translation>top %1</translation>
    </message>
    <message>
        <source>Experts selected in each layer: %1</source>
        <translation>每层选中的专家数：%1</translation>
    </message>
    <message>
        <source>top-k %1</source>
        <translation>top-k %1</translation>
    </message>
    <message>
        <source>Experts selected in layer %1: %2</source>
        <translation>第 %1 层选中的专家数：%2</translation>
    </message>
    <message>
        <source>Experts selected in layers %1 to %2: %3</source>
        <translation>第 %1 至 %2 层选中的专家数：%3</translation>
    </message>
    <message>
        <source>renormalise</source>
        <translation>重新归一化</translation>
    </message>
    <message>
        <source>Gates are divided by their sum</source>
        <translation>门控权重除以其总和</translation>
    </message>
    <message>
        <source>routes of %1</source>
        <translation>“%1”的路由</translation>
    </message>
    <message>
        <source>Tokens go to the experts that were selected at their place in a run before</source>
        <translation>各 token 走先前某次运行在同一位置选中的专家</translation>
    </message>
    <message>
        <source>only %1</source>
        <translation>仅 %1</translation>
    </message>
    <message>
        <source>In force for the tokens that match %1, and for no others</source>
        <translation>仅对匹配 %1 的 token 生效，其余不受影响</translation>
    </message>
    <message>
        <source>In the bar of interventions</source>
        <translation>在干预栏中</translation>
    </message>
    <message>
        <source>Clear interventions</source>
        <translation>清除干预</translation>
    </message>
</context>
<context>
    <name>gatescope::KeyBindings</name>
    <message>
        <source>%1 cannot be read: the default keys are in force. Setting a key writes it anew.</source>
        <translation>无法读取 %1：目前使用默认快捷键。设置任一快捷键都会重新写入该文件。</translation>
    </message>
    <message>
        <source>%1: there is no command “%2”.</source>
        <translation>%1：没有命令“%2”。</translation>
    </message>
    <message>
        <source>%1: “%2” for “%3” is no key.</source>
        <translation>%1：“%2”（用于“%3”）不是有效按键。</translation>
    </message>
    <message>
        <source>%1: %2: %3</source>
        <translation>%1：%2：%3</translation>
    </message>
    <message>
        <source>%1: “%2” and “%3” both want %4; “%2” goes without.</source>
        <translation>%1：“%2”和“%3”都要用 %4；“%2”不设快捷键。</translation>
    </message>
    <message>
        <source>%1 alone is what text fields and views take: add Ctrl or Alt, or use a function key.</source>
        <translation>%1 单独按下时归文本框和视图使用：请加上 Ctrl 或 Alt，或改用功能键。</translation>
    </message>
    <message>
        <source>A view takes one key, not several after each other.</source>
        <translation>视图只接受单个按键，不接受连续多个按键。</translation>
    </message>
    <message>
        <source>%1 leads around inside views: use another key.</source>
        <translation>%1 用于在视图内移动：请使用其他按键。</translation>
    </message>
</context>
<context>
    <name>gatescope::LibraryRescue</name>
    <message>
        <source>Rescue what can be read</source>
        <translation>抢救可读取的内容</translation>
    </message>
    <message>
        <source>Reading what can be read of the damaged library. It stays as it is.</source>
        <translation>正在读取损坏的对话库中可读取的内容。对话库保持原样。</translation>
    </message>
    <message>
        <source>Nothing is known to be lost.</source>
        <translation>未发现丢失的内容。</translation>
    </message>
    <message>
        <source>Lost messages: %1. Messages with lost text: %2, without tokens or routing: %3.</source>
        <translation>丢失的消息：%1。文本丢失的消息：%2，缺少 token 或路由的消息：%3。</translation>
    </message>
    <message>
        <source>Rescued conversations: %1, messages: %2. %3 The damaged library is kept as %4. Start Gatescope again to use the new one: what is said until then is not in it.</source>
        <translation>已抢救的对话：%1，消息：%2。%3损坏的对话库保留为 %4。重新启动 Gatescope 即可使用新的对话库：此前所说的内容不在其中。</translation>
    </message>
    <message>
        <source>Start Gatescope again</source>
        <translation>重新启动 Gatescope</translation>
    </message>
</context>
<context>
    <name>gatescope::LoadBanner</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Cancel loading</source>
        <translation>取消加载</translation>
    </message>
    <message>
        <source>Bytes loaded</source>
        <translation>已加载的字节</translation>
    </message>
    <message>
        <source>Loading %1</source>
        <translation>正在加载 %1</translation>
    </message>
    <message>
        <source>opening…</source>
        <translation>正在打开…</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>%1/s</source>
        <translation>%1/s</translation>
    </message>
    <message>
        <source>%1 min left</source>
        <translation>剩余 %1 分钟</translation>
    </message>
    <message>
        <source>%1 s left</source>
        <translation>剩余 %1 秒</translation>
    </message>
    <message>
        <source>you can write already</source>
        <translation>现在就可以输入</translation>
    </message>
</context>
<context>
    <name>gatescope::LoadChart</name>
    <message>
        <source>Point at a bar for its numbers; orange bars lie outside the band of chance</source>
        <translation>指向条形可查看数值；橙色条形超出随机区间</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>尚无可统计的 token。</translation>
    </message>
    <message>
        <source>%1 · %2 · chance %3, 95 % band %4 to %5 · outside it: %6 of %7</source>
        <translation>%1 · %2 · 随机水平 %3，95% 随机区间 %4 至 %5 · 超出：%6 / %7</translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>All layers</source>
        <translation>所有层</translation>
    </message>
    <message>
        <source>Expert %1: %2 of %3 selections, %4 · by chance %5 (%6 to %7) · %8</source>
        <translation>专家 %1：%3 次选中占 %2 次，%4 · 随机水平 %5（%6 至 %7）· %8</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>负载</translation>
    </message>
</context>
<context>
    <name>gatescope::MainWindow</name>
    <message>
        <source>Workspace %1</source>
        <translation>工作区：%1</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Inspect</source>
        <translation>分析</translation>
    </message>
    <message>
        <source>Present</source>
        <translation>演示</translation>
    </message>
    <message>
        <source>Switch between light and dark</source>
        <translation>切换浅色和深色</translation>
    </message>
    <message>
        <source>there is no demo model in this installation: open a model of your own</source>
        <translation>此安装不含演示模型：请打开您自己的模型</translation>
    </message>
    <message>
        <source>Gatescope ended last time while it was loading %1, so it was not loaded again. Open it yourself to try once more.</source>
        <translation>Gatescope 上次在加载 %1 时退出，因此没有再次加载。如需重试，请手动打开。</translation>
    </message>
    <message>
        <source>put into the message: %1</source>
        <translation>已放入消息：%1</translation>
    </message>
    <message>
        <source>Docks behind each other</source>
        <translation>层叠的面板</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Routing</source>
        <translation>路由</translation>
    </message>
    <message>
        <source>Waterfall</source>
        <translation>瀑布图</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Inside a token</source>
        <translation>token 内部</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>对比</translation>
    </message>
    <message>
        <source>Find experts</source>
        <translation>查找专家</translation>
    </message>
    <message>
        <source>exported %1</source>
        <translation>已导出 %1</translation>
    </message>
    <message>
        <source>Recording — Gatescope</source>
        <translation>录制 — Gatescope</translation>
    </message>
    <message>
        <source>%1 — Gatescope</source>
        <translation>%1 — Gatescope</translation>
    </message>
    <message>
        <source>Gatescope</source>
        <translation>Gatescope</translation>
    </message>
    <message>
        <source>Open a recording</source>
        <translation>打开录制文件</translation>
    </message>
    <message>
        <source>Gatescope recordings (*.gscope)</source>
        <translation>Gatescope 录制文件 (*.gscope)</translation>
    </message>
    <message>
        <source>Save this conversation as a recording</source>
        <translation>将此对话保存为录制文件</translation>
    </message>
    <message>
        <source>saved %1</source>
        <translation>已保存 %1</translation>
    </message>
    <message>
        <source>Export this conversation</source>
        <translation>导出此对话</translation>
    </message>
    <message>
        <source>importing %1</source>
        <translation>正在导入 %1</translation>
    </message>
    <message>
        <source>Import conversations</source>
        <translation>导入对话</translation>
    </message>
    <message>
        <source>Conversations (*.json *.jsonl *.zip *.chat *.gscope)</source>
        <translation>对话 (*.json *.jsonl *.zip *.chat *.gscope)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>1 conversation imported</source>
        <translation>已导入 1 个对话</translation>
    </message>
    <message>
        <source>%1 conversations imported</source>
        <translation>已导入 %1 个对话</translation>
    </message>
    <message>
        <source>%1, %2 already there</source>
        <translation>%1，%2 个此前已存在</translation>
    </message>
    <message>
        <source>Imported</source>
        <translation>导入完成</translation>
    </message>
    <message>
        <source>In every view</source>
        <translation>在所有视图中</translation>
    </message>
    <message>
        <source>Previous token</source>
        <translation>上一个 token</translation>
    </message>
    <message>
        <source>Next token</source>
        <translation>下一个 token</translation>
    </message>
    <message>
        <source>%1 is ready</source>
        <translation>%1 已就绪</translation>
    </message>
</context>
<context>
    <name>gatescope::MessageActions</name>
    <message>
        <source>Older version (Alt+Left)</source>
        <translation>较早版本 (Alt+Left)</translation>
    </message>
    <message>
        <source>Newer version (Alt+Right)</source>
        <translation>较新版本 (Alt+Right)</translation>
    </message>
    <message>
        <source>Copy message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Regenerate reply (Ctrl+R)</source>
        <translation>重新生成回复 (Ctrl+R)</translation>
    </message>
    <message>
        <source>Continue reply (Ctrl+Shift+R)</source>
        <translation>继续生成回复 (Ctrl+Shift+R)</translation>
    </message>
    <message>
        <source>Edit and send again, as a new branch</source>
        <translation>编辑后重新发送，新建分支</translation>
    </message>
    <message>
        <source>Edit this reply, as a new branch</source>
        <translation>编辑此回复，新建分支</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
</context>
<context>
    <name>gatescope::ModelPanel</name>
    <message>
        <source>Fingerprint</source>
        <translation>指纹</translation>
    </message>
    <message>
        <source>What recordings know the weights by: names, shapes, types, norms and routers</source>
        <translation>录制据以识别权重的信息：名称、形状、类型、归一化层和路由器</translation>
    </message>
    <message>
        <source>Reading norms and routers…</source>
        <translation>正在读取归一化层和路由器…</translation>
    </message>
    <message>
        <source>Parts of the model</source>
        <translation>模型的组成部分</translation>
    </message>
    <message>
        <source>Tensors</source>
        <translation>张量</translation>
    </message>
    <message>
        <source>Routers</source>
        <translation>路由器</translation>
    </message>
    <message>
        <source>Memory plan</source>
        <translation>内存规划</translation>
    </message>
    <message>
        <source>Filter by name, shape or type</source>
        <translation>按名称、形状或类型筛选</translation>
    </message>
    <message>
        <source>Filter the tensors</source>
        <translation>筛选张量</translation>
    </message>
    <message>
        <source>Tensors of the model</source>
        <translation>模型的张量</translation>
    </message>
    <message>
        <source>Read the routers</source>
        <translation>读取路由器</translation>
    </message>
    <message>
        <source>Layer of the router</source>
        <translation>路由器所在层</translation>
    </message>
    <message>
        <source>Length of each expert&apos;s row, and cosines between experts</source>
        <translation>各专家行向量的长度，以及专家之间的余弦</translation>
    </message>
    <message>
        <source>Reading the routers…</source>
        <translation>正在读取路由器…</translation>
    </message>
    <message>
        <source>A router&apos;s row is the direction that its expert answers to.</source>
        <translation>路由器的一行就是对应专家所响应的方向。</translation>
    </message>
    <message>
        <source>No model is open.</source>
        <translation>未打开模型。</translation>
    </message>
    <message>
        <source>Reading the list of tensors…</source>
        <translation>正在读取张量列表…</translation>
    </message>
    <message>
        <source>MEASURED: %1</source>
        <translation>实测：%1</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>Fingerprint %1: of all names, shapes, types and sizes, and the contents of norms and routers</source>
        <translation>指纹 %1：涵盖所有名称、形状、类型和大小，以及归一化层和路由器的内容</translation>
    </message>
    <message>
        <source>Choose a tensor to see how its values are spread.</source>
        <translation>选择一个张量，查看其数值分布。</translation>
    </message>
    <message>
        <source>Reading %1…</source>
        <translation>正在读取 %1…</translation>
    </message>
    <message>
        <source>A model&apos;s plan is made before a weight is read: it stands in the dialog that opens a model, and here once it is open.</source>
        <translation>模型的内存规划在读取权重之前完成：显示在打开模型的对话框中，模型打开后也显示在这里。</translation>
    </message>
    <message>
        <source>DERIVED: %1</source>
        <translation>推算：%1</translation>
    </message>
    <message>
        <source>length</source>
        <translation>长度</translation>
    </message>
    <message>
        <source>expert %1</source>
        <translation>专家 %1</translation>
    </message>
    <message>
        <source>MEASURED. Length of each expert&apos;s row, and its cosine with each expert&apos;s. By chance a cosine is 0, within ±%1 in 95 of 100 pairs; what lies outside is bold.</source>
        <translation>实测。各专家行向量的长度，及其与每个专家的余弦。随机情况下余弦为 0，100 对中有 95 对在 ±%1 以内；超出者以粗体显示。</translation>
    </message>
    <message>
        <source>%1 · %2 · %3 tensors, %4 · %5</source>
        <translation>%1 · %2 · %3 个张量，%4 · %5</translation>
    </message>
    <message>
        <source>Heat</source>
        <translation>热度</translation>
    </message>
</context>
<context>
    <name>gatescope::ModelSummaryView</name>
    <message>
        <source>%1 on %2</source>
        <translation>%2 上 %1</translation>
    </message>
    <message>
        <source>What the model is</source>
        <translation>模型概况</translation>
    </message>
    <message>
        <source>This cannot be opened</source>
        <translation>无法打开</translation>
    </message>
    <message>
        <source>Fits this machine</source>
        <translation>本机可以容纳</translation>
    </message>
    <message>
        <source>Does not fit this machine</source>
        <translation>本机无法容纳</translation>
    </message>
    <message>
        <source>DERIVED</source>
        <translation>推算</translation>
    </message>
    <message>
        <source>SYNTHETIC</source>
        <translation>合成</translation>
    </message>
    <message>
        <source>The model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Missing or odd</source>
        <translation>缺失或异常</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>另有 %1 项</translation>
    </message>
</context>
<context>
    <name>gatescope::OpenModelDialog</name>
    <message>
        <source>Open a model</source>
        <translation>打开模型</translation>
    </message>
    <message>
        <source>The directory of an xAI checkpoint (it holds ckpt-0 and tokenizer.model), a Hugging Face directory of Grok-1 (config.json and .safetensors), a GGUF file of Grok-1 or the directory that holds its parts, or synthetic:NAME for random weights in the shapes of a known model: grok-1, grok-1-tiny, bench-1b, bench-tiny.</source>
        <translation>xAI 检查点目录（含 ckpt-0 和 tokenizer.model）、Grok-1 的 Hugging Face 目录（config.json 和 .safetensors）、Grok-1 的 GGUF 文件或存放其分片的目录；或者 synthetic:NAME，按已知模型的形状生成随机权重：grok-1、grok-1-tiny、bench-1b、bench-tiny。</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>/path/to/checkpoint or synthetic:grok-1-tiny</source>
        <translation>/path/to/checkpoint 或 synthetic:grok-1-tiny</translation>
    </message>
    <message>
        <source>&amp;Folder…</source>
        <translation>文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>Choose the folder of a model</source>
        <translation>选择模型所在文件夹</translation>
    </message>
    <message>
        <source>F&amp;ile…</source>
        <translation>文件(&amp;I)…</translation>
    </message>
    <message>
        <source>Choose the file of a model</source>
        <translation>选择模型文件</translation>
    </message>
    <message>
        <source>&amp;Computed by</source>
        <translation>计算设备(&amp;C)</translation>
    </message>
    <message>
        <source>Computed by</source>
        <translation>计算设备</translation>
    </message>
    <message>
        <source>this computer&apos;s processor</source>
        <translation>本机处理器</translation>
    </message>
    <message>
        <source>an NVIDIA GPU</source>
        <translation>NVIDIA GPU</translation>
    </message>
    <message>
        <source>Opened before</source>
        <translation>曾打开的模型</translation>
    </message>
    <message>
        <source>Open %1</source>
        <translation>打开 %1</translation>
    </message>
    <message>
        <source>Open the demo model</source>
        <translation>打开演示模型</translation>
    </message>
    <message>
        <source>Folder of a model</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>File of a model</source>
        <translation>模型文件</translation>
    </message>
    <message>
        <source>Models (*.gguf *.safetensors);;All files (*)</source>
        <translation>模型 (*.gguf *.safetensors);;所有文件 (*)</translation>
    </message>
    <message>
        <source>What the model is and whether it fits shows here before it loads.</source>
        <translation>加载之前，这里会显示模型概况以及本机能否容纳。</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>Plan for &amp;more devices…</source>
        <translation>为更多设备规划(&amp;M)…</translation>
    </message>
    <message>
        <source>Where it would lie on several GPUs, and how fast it would answer: nothing is loaded</source>
        <translation>在多块 GPU 上会如何放置、回答会有多快：不会加载任何内容</translation>
    </message>
</context>
<context>
    <name>gatescope::PaletteModel</name>
    <message>
        <source>Used last</source>
        <translation>最近使用</translation>
    </message>
    <message>
        <source>not available now: %1</source>
        <translation>当前不可用：%1</translation>
    </message>
</context>
<context>
    <name>gatescope::PlanCheck</name>
    <message>
        <source>Predicted beside measured</source>
        <translation>预测与实测对照</translation>
    </message>
    <message>
        <source>predicted</source>
        <translation>预测</translation>
    </message>
    <message>
        <source>measured</source>
        <translation>实测</translation>
    </message>
    <message>
        <source>Predicted speed and memory stand here beside the measured ones when a reply is done.</source>
        <translation>回复完成后，预测的速度和内存会与实测值并列显示于此。</translation>
    </message>
    <message>
        <source>memory, %1</source>
        <translation>内存，%1</translation>
    </message>
    <message>
        <source>ratio</source>
        <translation>比值</translation>
    </message>
    <message>
        <source>Predicted from the bytes that a token reads and what this machine reads in a second, of which programs reach a part. Memory: planned, with branches at most, beside what is taken, the program and its window included. Ratio: measured by predicted.</source>
        <translation>预测依据每个 token 读取的字节数和本机每秒的读取量（程序只能达到其中一部分）。内存：计划值（含分支的上限）与实际占用（含程序及其窗口）并列。比值：实测除以预测。</translation>
    </message>
    <message>
        <source>tokens/s, last reply</source>
        <translation>token/秒，上次回复</translation>
    </message>
    <message>
        <source>PREDICTED from %1 of weights a token reads, beside what is MEASURED</source>
        <translation>预测（每个 token 读取 %1 权重）与实测并列</translation>
    </message>
</context>
<context>
    <name>gatescope::PlanTable</name>
    <message>
        <source>weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>KV cache of %1 tokens</source>
        <translation>%1 个 token 的 KV 缓存</translation>
    </message>
    <message>
        <source>branches put aside, at most</source>
        <translation>暂存的分支，最多</translation>
    </message>
    <message>
        <source>the work itself</source>
        <translation>计算所需空间</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>合计所需</translation>
    </message>
    <message>
        <source>free before</source>
        <translation>加载前可用</translation>
    </message>
    <message>
        <source>What an inspection puts aside is part of the branches. A comparison under other interventions takes a second KV cache, as long as what is compared, and is refused where that is not free.</source>
        <translation>查看 token 内部时暂存的内容计入分支。在其他干预下进行对比需要第二份 KV 缓存，长度与对比内容相同；空间不足时会被拒绝。</translation>
    </message>
    <message>
        <source>What lies where in memory</source>
        <translation>内存中各部分的分布</translation>
    </message>
    <message>
        <source>%1 bytes</source>
        <translation>%1 字节</translation>
    </message>
</context>
<context>
    <name>gatescope::PresetRow</name>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Keep these settings as a preset</source>
        <translation>将这些设置保存为预设</translation>
    </message>
    <message>
        <source>Delete this preset</source>
        <translation>删除此预设</translation>
    </message>
    <message>
        <source>Name of the preset</source>
        <translation>预设名称</translation>
    </message>
    <message>
        <source>Keep it under this name</source>
        <translation>以此名称保存</translation>
    </message>
    <message>
        <source>Keep nothing</source>
        <translation>不保存</translation>
    </message>
    <message>
        <source>Custom</source>
        <translation>自定义</translation>
    </message>
    <message>
        <source>“%1” comes with Gatescope: take another name.</source>
        <translation>“%1”是 Gatescope 自带的：请换一个名称。</translation>
    </message>
    <message>
        <source>A preset is a file of its name: 1 to 60 characters without a slash, no blank or dot at an end.</source>
        <translation>预设以其名称作为文件名：1 至 60 个字符，不含斜杠，首尾不能是空格或句点。</translation>
    </message>
</context>
<context>
    <name>gatescope::PromptPreview</name>
    <message>
        <source>Token by token</source>
        <translation>逐 token</translation>
    </message>
    <message>
        <source>The prompt as the model reads it</source>
        <translation>模型读到的提示词</translation>
    </message>
    <message>
        <source>template</source>
        <translation>模板</translation>
    </message>
    <message>
        <source>system text</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>yours</source>
        <translation>您的</translation>
    </message>
    <message>
        <source>the model&apos;s</source>
        <translation>模型的</translation>
    </message>
    <message>
        <source>1 token</source>
        <translation>1 个 token</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个 token</translation>
    </message>
    <message>
        <source>Open a model to see the tokens</source>
        <translation>打开模型可查看 token</translation>
    </message>
    <message>
        <source>1 message before these is not shown</source>
        <translation>此前还有 1 条消息未显示</translation>
    </message>
    <message>
        <source>%1 messages before these are not shown</source>
        <translation>此前还有 %1 条消息未显示</translation>
    </message>
</context>
<context>
    <name>gatescope::ProvenanceBadge</name>
    <message>
        <source>REPLAY</source>
        <translation>回放</translation>
    </message>
    <message>
        <source>Read from a recording, not computed now</source>
        <translation>读自录制，并非当前计算</translation>
    </message>
    <message>
        <source>SYNTHETIC</source>
        <translation>合成</translation>
    </message>
    <message>
        <source>From random weights: it means nothing</source>
        <translation>来自随机权重：没有实际意义</translation>
    </message>
    <message>
        <source>MEASURED</source>
        <translation>实测</translation>
    </message>
    <message>
        <source>Taken from the model&apos;s own routers</source>
        <translation>取自模型自身的路由器</translation>
    </message>
</context>
<context>
    <name>gatescope::ReadingChoice</name>
    <message>
        <source>Show replies</source>
        <translation>回复显示方式</translation>
    </message>
    <message>
        <source>Show replies as they are read, with their marks as the model wrote them, or token by token with ids</source>
        <translation>按排版显示回复、显示模型写出的原文（含标记），或逐 token 显示并附 id</translation>
    </message>
    <message>
        <source>As read</source>
        <translation>排版</translation>
    </message>
    <message>
        <source>As written</source>
        <translation>原文</translation>
    </message>
    <message>
        <source>Token by token</source>
        <translation>逐 token</translation>
    </message>
</context>
<context>
    <name>gatescope::RemovalToast</name>
    <message>
        <source>Deleted this version and what followed it</source>
        <translation>已删除此版本及其后内容</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Undo deleting the version</source>
        <translation>撤销删除版本</translation>
    </message>
</context>
<context>
    <name>gatescope::ReplayBar</name>
    <message>
        <source>First token (Home)</source>
        <translation>首个 token (Home)</translation>
    </message>
    <message>
        <source>Token before (,)</source>
        <translation>上一个 token (,)</translation>
    </message>
    <message>
        <source>Play (Space)</source>
        <translation>播放 (空格键)</translation>
    </message>
    <message>
        <source>Next token (.)</source>
        <translation>下一个 token (.)</translation>
    </message>
    <message>
        <source>Follow the newest token (End)</source>
        <translation>跟随最新 token (End)</translation>
    </message>
    <message>
        <source>Token shown</source>
        <translation>当前显示的 token</translation>
    </message>
    <message>
        <source>Speed of replay</source>
        <translation>回放速度</translation>
    </message>
    <message>
        <source>How long each token took is not recorded, so the speed is in tokens per second</source>
        <translation>录制不含每个 token 的用时，因此速度以每秒 token 数表示</translation>
    </message>
    <message>
        <source>%1× · %2 tok/s</source>
        <translation>%1× · %2 token/s</translation>
    </message>
    <message>
        <source>token %1 of %2</source>
        <translation>token %1 / %2</translation>
    </message>
    <message>
        <source>Pause (Space)</source>
        <translation>暂停 (空格键)</translation>
    </message>
</context>
<context>
    <name>gatescope::ReplyNotice</name>
    <message>
        <source>It took %1 s.</source>
        <translation>用时 %1 秒。</translation>
    </message>
    <message>
        <source>The reply is done</source>
        <translation>回复已完成</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
</context>
<context>
    <name>gatescope::ReplySettings</name>
    <message>
        <source>Reply settings</source>
        <translation>回复设置</translation>
    </message>
    <message>
        <source>How replies are written</source>
        <translation>回复的生成方式</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>0 always takes the likeliest token; higher is more varied</source>
        <translation>0 表示始终取概率最高的 token；越高越多样</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Draws from the smallest set of tokens with this much probability; 1: all</source>
        <translation>从累计概率达到此值的最小 token 集合中采样；1：全部</translation>
    </message>
    <message>
        <source>Top-k tokens</source>
        <translation>Top-k (token)</translation>
    </message>
    <message>
        <source>Draws from this many likeliest tokens; 0: all</source>
        <translation>从概率最高的若干个 token 中采样；0：全部</translation>
    </message>
    <message>
        <source>Min-p</source>
        <translation>Min-p</translation>
    </message>
    <message>
        <source>Drops tokens less likely than this share of the likeliest; 0: none</source>
        <translation>舍弃概率低于最高者此比例的 token；0：不舍弃</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>Above 1, tokens seen lately become less likely</source>
        <translation>大于 1 时，近期出现过的 token 概率降低</translation>
    </message>
    <message>
        <source>The same seed draws the same tokens; empty: a new one each time</source>
        <translation>相同种子采样出相同的 token；留空：每次使用新种子</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>Longest reply</source>
        <translation>最长回复</translation>
    </message>
    <message>
        <source>Tokens a reply may have</source>
        <translation>一条回复最多的 token 数</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> 个 token</translation>
    </message>
    <message>
        <source>Stop at</source>
        <translation>停止文本</translation>
    </message>
    <message>
        <source>A text a line; \n is a line break</source>
        <translation>每行一段文本；\n 表示换行</translation>
    </message>
    <message>
        <source>Draft what the text said before</source>
        <translation>根据前文内容生成草稿</translation>
    </message>
    <message>
        <source>Verifies several drafted tokens in one step where that pays; the reply is the same</source>
        <translation>在划算时一步验证多个草稿 token；回复不变</translation>
    </message>
    <message>
        <source>Speculation</source>
        <translation>推测解码</translation>
    </message>
    <message>
        <source>System text</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>Put in front of the whole conversation</source>
        <translation>置于整个对话之前</translation>
    </message>
    <message>
        <source>The template stops at %1, too.</source>
        <translation>模板也会在 %1 处停止。</translation>
    </message>
</context>
<context>
    <name>gatescope::RigPlanDialog</name>
    <message>
        <source>8 bits (q8_0)</source>
        <translation>8 位 (q8_0)</translation>
    </message>
    <message>
        <source>4 bits (q4_0)</source>
        <translation>4 位 (q4_0)</translation>
    </message>
    <message>
        <source>Plan for more devices</source>
        <translation>为更多设备规划</translation>
    </message>
    <message>
        <source>PREDICTED</source>
        <translation>预测</translation>
    </message>
    <message>
        <source>Arithmetic on bytes and rates. Nothing was loaded or timed.</source>
        <translation>由字节数与速率计算得出，未加载也未计时。</translation>
    </message>
    <message>
        <source>Why it would lie so</source>
        <translation>为何如此放置</translation>
    </message>
    <message>
        <source>&amp;Machine</source>
        <translation>机器(&amp;M)</translation>
    </message>
    <message>
        <source>as they are stored</source>
        <translation>按存储的类型</translation>
    </message>
    <message>
        <source>&amp;Weights</source>
        <translation>权重(&amp;W)</translation>
    </message>
    <message>
        <source>8 bits (int8)</source>
        <translation>8 位 (int8)</translation>
    </message>
    <message>
        <source>&amp;Keys and values</source>
        <translation>键与值(&amp;K)</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> 个 token</translation>
    </message>
    <message>
        <source>Conte&amp;xt</source>
        <translation>上下文(&amp;X)</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>&amp;GPUs, at most</source>
        <translation>GPU 最多(&amp;G)</translation>
    </message>
    <message>
        <source>as is fastest</source>
        <translation>取最快者</translation>
    </message>
    <message>
        <source>GPUs that &amp;share a layer</source>
        <translation>共同承担一层的 GPU(&amp;S)</translation>
    </message>
    <message>
        <source>all that is free</source>
        <translation>全部可用</translation>
    </message>
    <message>
        <source> GB</source>
        <translation> GB</translation>
    </message>
    <message>
        <source>Memory of the &amp;host, at most</source>
        <translation>主机内存最多(&amp;H)</translation>
    </message>
    <message>
        <source>Description of a machine</source>
        <translation>机器描述</translation>
    </message>
    <message>
        <source>Rigs (*.json);;All files (*)</source>
        <translation>机器 (*.json);;所有文件 (*)</translation>
    </message>
    <message>
        <source>This machine – choose another…</source>
        <translation>本机 – 选择其他…</translation>
    </message>
    <message>
        <source>%1 – back to this machine</source>
        <translation>%1 – 返回本机</translation>
    </message>
    <message>
        <source>Planning…</source>
        <translation>正在规划…</translation>
    </message>
    <message>
        <source>There is no such plan</source>
        <translation>没有这样的规划</translation>
    </message>
    <message>
        <source>Fits: %1 tokens a second, %2 with the whole context</source>
        <translation>可以容纳：每秒 %1 个 token，上下文占满时 %2 个</translation>
    </message>
    <message>
        <source>Does not fit</source>
        <translation>无法容纳</translation>
    </message>
    <message>
        <source>%1. %2 of weights, of which a token reads %3. Context of %4 tokens.</source>
        <translation>%1。权重共 %2，每个 token 读取其中 %3。上下文为 %4 个 token。</translation>
    </message>
    <message>
        <source>Second best: %1</source>
        <translation>次优：%1</translation>
    </message>
    <message>
        <source>With weights of %1: %2, %3 tokens a second</source>
        <translation>权重为 %1 时：%2，每秒 %3 个 token</translation>
    </message>
    <message>
        <source>With weights of %1: %2, which does not fit</source>
        <translation>权重为 %1 时：%2，无法容纳</translation>
    </message>
</context>
<context>
    <name>gatescope::RigPlanTable</name>
    <message>
        <source>What would lie where</source>
        <translation>各部分的放置位置</translation>
    </message>
    <message>
        <source>place</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>layers</source>
        <translation>层</translation>
    </message>
    <message>
        <source>experts</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>weights</source>
        <translation>权重</translation>
    </message>
    <message>
        <source>KV cache</source>
        <translation>KV 缓存</translation>
    </message>
    <message>
        <source>the work itself</source>
        <translation>计算所需空间</translation>
    </message>
    <message>
        <source>needed</source>
        <translation>合计所需</translation>
    </message>
    <message>
        <source>free</source>
        <translation>可用</translation>
    </message>
    <message>
        <source>%1, not used</source>
        <translation>%1，未使用</translation>
    </message>
    <message>
        <source>disk</source>
        <translation>磁盘</translation>
    </message>
</context>
<context>
    <name>gatescope::RunChoices</name>
    <message>
        <source>ablate %1</source>
        <translation>消融 %1</translation>
    </message>
    <message>
        <source>force %1</source>
        <translation>强制 %1</translation>
    </message>
    <message>
        <source>bias %1</source>
        <translation>偏置 %1</translation>
    </message>
    <message>
        <source>top %1</source>
        <translation>top %1</translation>
    </message>
    <message>
        <source>top-k %1</source>
        <translation>top-k %1</translation>
    </message>
    <message>
        <source>renormalise</source>
        <translation>重新归一化</translation>
    </message>
    <message>
        <source>no interventions</source>
        <translation>无干预</translation>
    </message>
    <message>
        <source>Reply %1 of %2 · %3</source>
        <translation>回复 %1 / %2 · %3</translation>
    </message>
    <message>
        <source>Prompt %1: %2</source>
        <translation>提示词 %1：%2</translation>
    </message>
    <message>
        <source>A</source>
        <translation>A</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>This conversation</source>
        <translation>本对话</translation>
    </message>
    <message>
        <source>Recording: %1</source>
        <translation>录制：%1</translation>
    </message>
    <message>
        <source>Conversation: %1</source>
        <translation>对话：%1</translation>
    </message>
</context>
<context>
    <name>gatescope::SamplingView</name>
    <message>
        <source>What these settings leave of the newest token</source>
        <translation>这些设置为最新 token 留下的候选</translation>
    </message>
    <message>
        <source>%1 of %2 words can be drawn.</source>
        <translation>%2 个词中有 %1 个可被采样。</translation>
    </message>
    <message>
        <source>At least %1 of %2 words can be drawn; those behind these with %3 at most.</source>
        <translation>%2 个词中至少有 %1 个可被采样；其后的词概率最多 %3。</translation>
    </message>
    <message>
        <source>Before the repetition penalty.</source>
        <translation>未计入重复惩罚。</translation>
    </message>
    <message>
        <source>Derived from what was recorded.</source>
        <translation>由记录的数据推算。</translation>
    </message>
    <message>
        <source>≤ %1</source>
        <translation>≤ %1</translation>
    </message>
    <message>
        <source>temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>top-k</source>
        <translation>top-k</translation>
    </message>
    <message>
        <source>top-p</source>
        <translation>top-p</translation>
    </message>
    <message>
        <source>min-p</source>
        <translation>min-p</translation>
    </message>
    <message>
        <source>What they leave of the newest token, “%1”</source>
        <translation>为最新 token“%1”留下的候选</translation>
    </message>
    <message>
        <source>Grey: the model&apos;s probability; colour: the chance of being drawn.</source>
        <translation>灰色：模型给出的概率；彩色：被采样的概率。</translation>
    </message>
</context>
<context>
    <name>gatescope::SankeyView</name>
    <message>
        <source>layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>orange: more than chance gives, blue: less, grey: within its 95 % band</source>
        <translation>橙色：高于随机水平，蓝色：低于，灰色：在 95% 随机区间内</translation>
    </message>
    <message>
        <source> · thin bands left out: %1</source>
        <translation> · 未画出的细流：%1</translation>
    </message>
</context>
<context>
    <name>gatescope::SeedField</name>
    <message>
        <source>Seed</source>
        <translation>种子</translation>
    </message>
    <message>
        <source>new each time</source>
        <translation>每次不同</translation>
    </message>
    <message>
        <source>Draw a new seed for each reply again</source>
        <translation>恢复为每次回复使用新种子</translation>
    </message>
    <message>
        <source>Keep the seed that the last reply was drawn with</source>
        <translation>固定为上一条回复所用的种子</translation>
    </message>
</context>
<context>
    <name>gatescope::SeedPanel</name>
    <message>
        <source>seeds</source>
        <translation>个种子</translation>
    </message>
    <message>
        <source>tokens a reply</source>
        <translation>token/回复</translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation>导出 CSV…</translation>
    </message>
    <message>
        <source>Seeds run</source>
        <translation>种子运行进度</translation>
    </message>
    <message>
        <source>KL a token, A to B</source>
        <translation>每 token KL，A 到 B</translation>
    </message>
    <message>
        <source>Replies with another first token</source>
        <translation>首个 token 不同的回复</translation>
    </message>
    <message>
        <source>Replies that differ</source>
        <translation>有差异的回复</translation>
    </message>
    <message>
        <source>Tokens that differ</source>
        <translation>有差异的 token</translation>
    </message>
    <message>
        <source>What differs over the seeds</source>
        <translation>各种子间的差异</translation>
    </message>
    <message>
        <source>Over all seeds</source>
        <translation>所有种子</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>均值</translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation>95% 置信区间</translation>
    </message>
    <message>
        <source>Export as CSV</source>
        <translation>导出为 CSV</translation>
    </message>
    <message>
        <source>Tables (*.csv)</source>
        <translation>表格 (*.csv)</translation>
    </message>
    <message>
        <source>%1 could not be written: %2</source>
        <translation>无法写入 %1：%2</translation>
    </message>
    <message>
        <source>%</source>
        <translation>%</translation>
    </message>
    <message>
        <source>bit</source>
        <translation>比特</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>%1 to %2 %3</source>
        <translation>%1 至 %2 %3</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Run the seeds</source>
        <translation>运行种子</translation>
    </message>
    <message>
        <source>Continues the prompt of A and B with many seeds, as A and as B: what differs by more than luck</source>
        <translation>用多个种子续写 A 和 B 的提示词，分别按 A 和按 B 运行：看哪些差异超出偶然</translation>
    </message>
    <message>
        <source>seeds from %1, temperature %2, up to %3 tokens</source>
        <translation>种子从 %1 起，温度 %2，最多 %3 个 token</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <translation>%1 / %2</translation>
    </message>
    <message>
        <source>%1 seeds run: %2</source>
        <translation>已运行 %1 个种子：%2</translation>
    </message>
    <message>
        <source>Ended by a fault, %1 seeds run: %2</source>
        <translation>因故障结束，已运行 %1 个种子：%2</translation>
    </message>
    <message>
        <source>Ended early, %1 seeds run: %2</source>
        <translation>提前结束，已运行 %1 个种子：%2</translation>
    </message>
    <message>
        <source>%1 seeds run: %2. Intervals are over the seeds.</source>
        <translation>已运行 %1 个种子：%2。置信区间按种子计算。</translation>
    </message>
</context>
<context>
    <name>gatescope::SeedRuns</name>
    <message>
        <source>Choose two runs first.</source>
        <translation>请先选择两次运行。</translation>
    </message>
    <message>
        <source>The runs have no prompt in common: choose two versions of the last reply.</source>
        <translation>两次运行没有共同的提示词：请选择最后一条回复的两个版本。</translation>
    </message>
    <message>
        <source>Both sides have the same interventions, so every seed would say the same.</source>
        <translation>两侧的干预相同，因此每个种子的结果都会一样。</translation>
    </message>
    <message>
        <source>Routes that are held to are those of one reply; another seed has none.</source>
        <translation>沿用的路由属于某一条回复；换一个种子就没有对应的路由。</translation>
    </message>
    <message>
        <source>No model is open: open the one that wrote A.</source>
        <translation>未打开模型：请打开生成 A 的模型。</translation>
    </message>
    <message>
        <source>Another model is open than the one that wrote A.</source>
        <translation>当前打开的模型不是生成 A 的模型。</translation>
    </message>
    <message>
        <source>A reply is being written.</source>
        <translation>正在生成回复。</translation>
    </message>
    <message>
        <source>At temperature 0 every seed says the same: set another in the reply settings.</source>
        <translation>温度为 0 时每个种子的结果都一样：请在回复设置中改用其他温度。</translation>
    </message>
</context>
<context>
    <name>gatescope::SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>High contrast</source>
        <translation>高对比度</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source> %</source>
        <translation>%</translation>
    </message>
    <message>
        <source>Te&amp;xt size</source>
        <translation>文字大小(&amp;X)</translation>
    </message>
    <message>
        <source>&amp;Reduced motion: nothing glows, slides or blinks</source>
        <translation>减少动态效果：不发光、不滑动、不闪烁(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation>语言(&amp;L)</translation>
    </message>
    <message>
        <source>Spoken from the next start on.</source>
        <translation>下次启动后生效。</translation>
    </message>
    <message>
        <source>Start a&amp;gain now</source>
        <translation>立即重新启动(&amp;G)</translation>
    </message>
    <message>
        <source>&amp;Tell me elsewhere when a long reply is done</source>
        <translation>不在本窗口时，较长的回复完成后通知我(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Show how the reply begins</source>
        <translation>显示回复的开头(&amp;S)</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>通知</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts…</source>
        <translation>键盘快捷键(&amp;K)…</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Profile folder: %1</source>
        <translation>配置目录：%1</translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation>复制(&amp;C)</translation>
    </message>
    <message>
        <source>Copy the path of the profile folder</source>
        <translation>复制配置目录的路径</translation>
    </message>
    <message>
        <source>Profile</source>
        <translation>配置</translation>
    </message>
    <message>
        <source>Conversations, layouts, keys and these settings are kept there. Another one is chosen with --profile-dir.</source>
        <translation>对话、布局、快捷键和这些设置都保存在此处。可用 --profile-dir 选择其他目录。</translation>
    </message>
    <message>
        <source>L&amp;earn which experts are hot</source>
        <translation>学习哪些专家是热的(&amp;E)</translation>
    </message>
    <message>
        <source>How often each expert of a model was selected is counted while you chat. Only counts are kept, no text.</source>
        <translation>聊天时会统计模型中每个专家被选中的次数。只保存计数，不保存文字。</translation>
    </message>
    <message>
        <source>Heat</source>
        <translation>热度</translation>
    </message>
</context>
<context>
    <name>gatescope::ShortcutsDialog</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>键盘快捷键</translation>
    </message>
    <message>
        <source>Filter by name or key</source>
        <translation>按名称或按键筛选</translation>
    </message>
    <message>
        <source>Commands and their keys</source>
        <translation>命令及其快捷键</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Reset all keys</source>
        <translation>全部恢复默认</translation>
    </message>
    <message>
        <source>New keys: press them</source>
        <translation>新快捷键：请按下</translation>
    </message>
    <message>
        <source>Set</source>
        <translation>设定</translation>
    </message>
    <message>
        <source>No key</source>
        <translation>无快捷键</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>恢复默认</translation>
    </message>
    <message>
        <source>Change the cell picked, in the heatmap</source>
        <translation>更改所选单元格（热力图）</translation>
    </message>
    <message>
        <source>Left, Right</source>
        <translation>←, →</translation>
    </message>
    <message>
        <source>Shift+Left, Shift+Right</source>
        <translation>Shift+←, Shift+→</translation>
    </message>
    <message>
        <source>Send, and new line, in the message</source>
        <translation>发送和换行（消息）</translation>
    </message>
    <message>
        <source>Enter, Shift+Enter</source>
        <translation>Enter, Shift+Enter</translation>
    </message>
    <message>
        <source>By default: %1</source>
        <translation>默认：%1</translation>
    </message>
    <message>
        <source>Pick a command to change its keys.</source>
        <translation>选择一个命令以更改快捷键。</translation>
    </message>
    <message>
        <source>Take them over</source>
        <translation>改用于此命令</translation>
    </message>
    <message>
        <source>%1 belongs to “%2”, which would lose it.</source>
        <translation>%1 属于“%2”，设置后该命令将失去它。</translation>
    </message>
    <message>
        <source>Click the field and press the new keys.</source>
        <translation>单击输入框并按下新快捷键。</translation>
    </message>
    <message>
        <source>These keys are free.</source>
        <translation>此快捷键可用。</translation>
    </message>
    <message>
        <source>In what has the keyboard (fixed)</source>
        <translation>在有键盘焦点的地方（固定）</translation>
    </message>
    <message>
        <source>Walk the cells, rows and marks of a view</source>
        <translation>在视图的单元格、行和标记间移动</translation>
    </message>
    <message>
        <source>Arrows, Page Up, Page Down</source>
        <translation>方向键、Page Up、Page Down</translation>
    </message>
    <message>
        <source>First and last</source>
        <translation>首个和末个</translation>
    </message>
    <message>
        <source>Home, End</source>
        <translation>Home、End</translation>
    </message>
    <message>
        <source>Enter</source>
        <translation>Enter</translation>
    </message>
    <message>
        <source>Previous and next token, in the conversation and the waterfall</source>
        <translation>上一个和下一个 token（对话和瀑布图）</translation>
    </message>
    <message>
        <source>Stretch the range of tokens, there</source>
        <translation>在其中扩展 token 范围</translation>
    </message>
    <message>
        <source>Give up the range or the token picked</source>
        <translation>取消所选范围或 token</translation>
    </message>
    <message>
        <source>Esc</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <translation>%1 (%2)</translation>
    </message>
</context>
<context>
    <name>gatescope::SpokenNotices</name>
    <message>
        <source>What was said</source>
        <translation>所说的内容</translation>
    </message>
</context>
<context>
    <name>gatescope::StatisticModel</name>
    <message>
        <source>layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>to layer</source>
        <translation>目标层</translation>
    </message>
    <message>
        <source>expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>to expert</source>
        <translation>目标专家</translation>
    </message>
    <message>
        <source>with expert</source>
        <translation>配对专家</translation>
    </message>
    <message>
        <source>token</source>
        <translation>token</translation>
    </message>
    <message>
        <source>looks at</source>
        <translation>看向</translation>
    </message>
    <message>
        <source>head</source>
        <translation>头</translation>
    </message>
    <message>
        <source>token id</source>
        <translation>token id</translation>
    </message>
    <message>
        <source>label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>%1 to %2</source>
        <translation>%1 至 %2</translation>
    </message>
    <message>
        <source>%1 (%2 to %3)</source>
        <translation>%1（%2 至 %3）</translation>
    </message>
    <message>
        <source>stands out</source>
        <translation>显著</translation>
    </message>
    <message>
        <source>may be luck</source>
        <translation>可能是偶然</translation>
    </message>
    <message>
        <source>statistic</source>
        <translation>统计量</translation>
    </message>
    <message>
        <source>value</source>
        <translation>值</translation>
    </message>
    <message>
        <source>less chance</source>
        <translation>减随机水平</translation>
    </message>
    <message>
        <source>95 % interval</source>
        <translation>95% 置信区间</translation>
    </message>
    <message>
        <source>observations</source>
        <translation>观测数</translation>
    </message>
    <message>
        <source>by chance</source>
        <translation>随机水平</translation>
    </message>
    <message>
        <source>verdict</source>
        <translation>结论</translation>
    </message>
</context>
<context>
    <name>gatescope::StatusLine</name>
    <message>
        <source>The folder of this profile cannot be written to, or its library is not readable. Start Gatescope with another folder (--profile-dir), or save recordings.</source>
        <translation>无法写入此配置的目录，或其对话库无法读取。请用其他目录启动 Gatescope (--profile-dir)，或保存为录制文件。</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>%1 tokens/s with drafts</source>
        <translation>%1 token/s（含草稿）</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 token/s</translation>
    </message>
    <message>
        <source>context %1 of %2</source>
        <translation>上下文 %1 / %2</translation>
    </message>
    <message>
        <source>%1, branches %2</source>
        <translation>%1，分支 %2</translation>
    </message>
    <message>
        <source>%1 tokens of other branches are kept, so that going back to one is immediate: they take %2 of memory, at most %3</source>
        <translation>保留了其他分支的 %1 个 token，以便立即切回：占用内存 %2，最多 %3</translation>
    </message>
    <message>
        <source>token %1 of %2 “%3”</source>
        <translation>token %1 / %2 “%3”</translation>
    </message>
    <message>
        <source>not saved: conversations are in memory only</source>
        <translation>未保存：对话仅在内存中</translation>
    </message>
    <message>
        <source>%1 on %2</source>
        <translation>%1（%2）</translation>
    </message>
</context>
<context>
    <name>gatescope::TemplateEditor</name>
    <message>
        <source>Why is the sky blue?</source>
        <translation>天空为什么是蓝色的？</translation>
    </message>
    <message>
        <source>Prompt templates</source>
        <translation>提示词模板</translation>
    </message>
    <message>
        <source>What the model reads</source>
        <translation>模型读到的内容</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>模板</translation>
    </message>
    <message>
        <source>Duplicate</source>
        <translation>创建副本</translation>
    </message>
    <message>
        <source>A copy of this template, to edit</source>
        <translation>为此模板创建一份可编辑的副本</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>标题</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>描述</translation>
    </message>
    <message>
        <source>In front of everything</source>
        <translation>置于最前</translation>
    </message>
    <message>
        <source>Behind the system text, before the first message: examples, say</source>
        <translation>位于系统提示词之后、第一条消息之前，可放示例</translation>
    </message>
    <message>
        <source>Before a message of yours</source>
        <translation>您的消息之前</translation>
    </message>
    <message>
        <source>Line breaks count</source>
        <translation>换行会保留</translation>
    </message>
    <message>
        <source>Before a reply</source>
        <translation>回复之前</translation>
    </message>
    <message>
        <source>A reply ends at</source>
        <translation>回复结束于</translation>
    </message>
    <message>
        <source>A text a line; \n is a line break</source>
        <translation>每行一段文本；\n 表示换行</translation>
    </message>
    <message>
        <source>Use in this chat</source>
        <translation>用于本对话</translation>
    </message>
    <message>
        <source>Comes with Gatescope. Duplicate it to have one that you can change.</source>
        <translation>Gatescope 自带。创建副本后即可修改。</translation>
    </message>
    <message>
        <source>Copy of %1</source>
        <translation>%1 的副本</translation>
    </message>
</context>
<context>
    <name>gatescope::TensorTreeModel</name>
    <message>
        <source>Outside the layers</source>
        <translation>各层之外</translation>
    </message>
    <message>
        <source>Layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>Parameter</source>
        <translation>参数</translation>
    </message>
    <message>
        <source>Shape</source>
        <translation>形状</translation>
    </message>
    <message>
        <source>Kept as</source>
        <translation>存储类型</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节数</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>位置</translation>
    </message>
</context>
<context>
    <name>gatescope::TintBar</name>
    <message>
        <source>Colour tokens by</source>
        <translation>token 着色依据</translation>
    </message>
    <message>
        <source>Colour each token by a quantity of its routing</source>
        <translation>按路由的某个量为每个 token 着色</translation>
    </message>
    <message>
        <source>Plain text</source>
        <translation>纯文本</translation>
    </message>
    <message>
        <source>First choice</source>
        <translation>首选</translation>
    </message>
    <message>
        <source>Gate of picked expert</source>
        <translation>所选专家的门控</translation>
    </message>
    <message>
        <source>Margin</source>
        <translation>间隔</translation>
    </message>
    <message>
        <source>Decisive margin</source>
        <translation>决定性间隔</translation>
    </message>
    <message>
        <source>Router entropy</source>
        <translation>路由熵</translation>
    </message>
    <message>
        <source>Routed mass</source>
        <translation>路由概率质量</translation>
    </message>
    <message>
        <source>Surprise</source>
        <translation>惊异度</translation>
    </message>
    <message>
        <source>Repeated choice</source>
        <translation>重复首选</translation>
    </message>
    <message>
        <source>Layers of the tint</source>
        <translation>着色所用的层</translation>
    </message>
    <message>
        <source>Picked layer</source>
        <translation>所选层</translation>
    </message>
    <message>
        <source>All layers</source>
        <translation>所有层</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>层范围</translation>
    </message>
    <message>
        <source>The layer of the cell that is picked (all while none is), all layers, or a band of them</source>
        <translation>所选单元格所在的层（未选时为所有层）、所有层，或一段连续的层</translation>
    </message>
    <message>
        <source>First layer of the tint</source>
        <translation>着色的起始层</translation>
    </message>
    <message>
        <source>Last layer of the tint</source>
        <translation>着色的结束层</translation>
    </message>
    <message>
        <source>to</source>
        <translation>至</translation>
    </message>
    <message>
        <source>Numbers</source>
        <translation>编号</translation>
    </message>
    <message>
        <source>The expert&apos;s number above each token</source>
        <translation>在每个 token 上方显示专家编号</translation>
    </message>
</context>
<context>
    <name>gatescope::TintLegend</name>
    <message>
        <source>Legend of the tint</source>
        <translation>着色图例</translation>
    </message>
    <message>
        <source>colours again from %1 on · by chance %2 % each</source>
        <translation>从 %1 起颜色重复 · 随机水平各 %2%</translation>
    </message>
    <message>
        <source>by chance %1 % each</source>
        <translation>随机水平各 %1%</translation>
    </message>
    <message>
        <source>by chance %1 bits</source>
        <translation>随机水平 %1 比特</translation>
    </message>
    <message>
        <source>by chance %1</source>
        <translation>随机水平 %1</translation>
    </message>
    <message>
        <source>Each expert has a colour; its number stands above the token if asked for</source>
        <translation>每个专家一种颜色；可选在 token 上方显示其编号</translation>
    </message>
    <message>
        <source>Colour from 0 to %1</source>
        <translation>颜色从 0 到 %1</translation>
    </message>
</context>
<context>
    <name>gatescope::TokenFilter</name>
    <message>
        <source>%1 of %2 tokens</source>
        <translation>%1 / %2 个 token</translation>
    </message>
    <message>
        <source>%1, still looking</source>
        <translation>%1，仍在查找</translation>
    </message>
</context>
<context>
    <name>gatescope::TokenPanel</name>
    <message>
        <source>Follow</source>
        <translation>跟随</translation>
    </message>
    <message>
        <source>Look into each token that is picked; a step of the model each time</source>
        <translation>查看每个选取的 token 的内部；每次需模型计算一步</translation>
    </message>
    <message>
        <source>Look inside</source>
        <translation>查看内部</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>词</translation>
    </message>
    <message>
        <source>Lens</source>
        <translation>透镜</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>注意力</translation>
    </message>
    <message>
        <source>The likeliest words, and the one that was taken</source>
        <translation>最可能的词，以及实际采用的词</translation>
    </message>
    <message>
        <source>What the model would say if it ended behind each layer (logit lens)</source>
        <translation>若模型在各层之后结束，会给出什么词（logit lens）</translation>
    </message>
    <message>
        <source>What each expert and each attention added to a word&apos;s logit</source>
        <translation>各专家和各层注意力对某个词的 logit 的贡献</translation>
    </message>
    <message>
        <source>How much one head looked at each token before</source>
        <translation>一个注意力头对此前各 token 的注意力</translation>
    </message>
    <message>
        <source>Word whose logit is taken apart</source>
        <translation>要分解 logit 的词</translation>
    </message>
    <message>
        <source>Measured against</source>
        <translation>比较基准</translation>
    </message>
    <message>
        <source>The logit itself, or what is left of it against the average word, or against another word: what decided between the two</source>
        <translation>logit 本身，或相对于平均词、另一个词的差：是什么在两者之间起了决定作用</translation>
    </message>
    <message>
        <source>layer </source>
        <translation>层 </translation>
    </message>
    <message>
        <source>Layer of the head</source>
        <translation>注意力头所在层</translation>
    </message>
    <message>
        <source>head </source>
        <translation>头 </translation>
    </message>
    <message>
        <source>Query head</source>
        <translation>查询头</translation>
    </message>
    <message>
        <source>token %1 “%2”, behind “%3”</source>
        <translation>token %1 “%2”，前一个为 “%3”</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>No token yet. Send a message, then pick one of its tokens.</source>
        <translation>尚无 token。请先发送消息，再选取其中一个 token。</translation>
    </message>
    <message>
        <source>What happened inside a token is computed anew, which takes the model: open it first.</source>
        <translation>token 内部的情况需要重新计算，这要用到模型：请先打开模型。</translation>
    </message>
    <message>
        <source>Pick a token and look inside: the words the model weighed, what each layer would have said, which expert added what to the word, and where a head looked.
This takes one step of the model, and nothing while you do not ask.</source>
        <translation>选取一个 token 并查看内部：模型权衡了哪些词、各层会给出什么、哪个专家对该词贡献了多少，以及注意力头看向何处。
每次查看需模型计算一步，不查看则不做任何计算。</translation>
    </message>
    <message>
        <source>against nothing: the logit</source>
        <translation>无基准：logit 本身</translation>
    </message>
    <message>
        <source>against the average word</source>
        <translation>相对于平均词</translation>
    </message>
    <message>
        <source>to “%1”</source>
        <translation>对“%1”</translation>
    </message>
    <message>
        <source>against “%1”</source>
        <translation>相对于“%1”</translation>
    </message>
    <message>
        <source>“%1” was taken: rank %2, p %3 at temperature 1</source>
        <translation>采用了“%1”：排名 %2，温度 1 时 p 为 %3</translation>
    </message>
    <message>
        <source>Marked: layers behind which the word taken is the likeliest</source>
        <translation>标记：在这些层之后，所采用的词最可能</translation>
    </message>
    <message>
        <source>%1 parts add up to %2 (final norm frozen)</source>
        <translation>%1 个部分合计 %2（最终归一化冻结）</translation>
    </message>
    <message>
        <source>Layer %1, head %2: weights of %3 tokens, sum 1</source>
        <translation>第 %1 层，头 %2：%3 个 token 的权重，总和 1</translation>
    </message>
    <message>
        <source>id %1</source>
        <translation>id %1</translation>
    </message>
</context>
<context>
    <name>gatescope::TransitionPanel</name>
    <message>
        <source>Transitions between experts</source>
        <translation>专家之间的转移</translation>
    </message>
    <message>
        <source>Flow between experts</source>
        <translation>专家之间的流向</translation>
    </message>
    <message>
        <source>Point at a cell or a band for its numbers; a click picks the expert</source>
        <translation>指向单元格或流带可查看数值；单击选取该专家</translation>
    </message>
    <message>
        <source>from layer </source>
        <translation>起始层 </translation>
    </message>
    <message>
        <source>From layer</source>
        <translation>起始层</translation>
    </message>
    <message>
        <source>to layer </source>
        <translation>目标层 </translation>
    </message>
    <message>
        <source>To layer</source>
        <translation>目标层</translation>
    </message>
    <message>
        <source>Which transitions</source>
        <translation>统计哪些转移</translation>
    </message>
    <message>
        <source>first choices</source>
        <translation>首选</translation>
    </message>
    <message>
        <source>all selected</source>
        <translation>所有选中</translation>
    </message>
    <message>
        <source>probability</source>
        <translation>概率</translation>
    </message>
    <message>
        <source>From first choice to first choice</source>
        <translation>从首选到首选</translation>
    </message>
    <message>
        <source>All pairs of selected experts; rows add up to k</source>
        <translation>选中专家的所有配对；每行之和为 k</translation>
    </message>
    <message>
        <source>All experts, by the product of their probabilities</source>
        <translation>所有专家，按概率之积</translation>
    </message>
    <message>
        <source>Grid</source>
        <translation>网格</translation>
    </message>
    <message>
        <source>Flow</source>
        <translation>流向</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>Expert %1 of layer %2 to expert %3 of layer %4: %5 (%6 tokens) · %7</source>
        <translation>第 %2 层专家 %1 到第 %4 层专家 %3：%5（%6 个 token）· %7</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>尚无可统计的 token。</translation>
    </message>
    <message>
        <source>What p of layer %1 tells of layer %2: %3 bits</source>
        <translation>第 %1 层的 p 对第 %2 层提供的信息：%3 比特</translation>
    </message>
    <message>
        <source>What first choices of layer %1 tell of layer %2: %3 bits</source>
        <translation>第 %1 层的首选对第 %2 层提供的信息：%3 比特</translation>
    </message>
    <message>
        <source>, by luck alone %1</source>
        <translation>，仅凭偶然为 %1</translation>
    </message>
    <message>
        <source> (too few tokens to say)</source>
        <translation>（token 过少，无法判断）</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>，仍在统计</translation>
    </message>
    <message>
        <source>Transitions</source>
        <translation>转移</translation>
    </message>
</context>
<context>
    <name>gatescope::VersionListModel</name>
    <message>
        <source>being written</source>
        <translation>正在生成</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>reached the token limit</source>
        <translation>达到 token 上限</translation>
    </message>
    <message>
        <source>the context is full</source>
        <translation>上下文已满</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>(no text)</source>
        <translation>（无文本）</translation>
    </message>
    <message>
        <source>%1: %2%3</source>
        <translation>%1：%2%3</translation>
    </message>
    <message>
        <source>, shown</source>
        <translation>，当前显示</translation>
    </message>
    <message>
        <source>you</source>
        <translation>您</translation>
    </message>
    <message>
        <source>reply</source>
        <translation>回复</translation>
    </message>
    <message>
        <source>version %1 of %2</source>
        <translation>版本 %1 / %2</translation>
    </message>
    <message>
        <source>1 token</source>
        <translation>1 个 token</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 个 token</translation>
    </message>
</context>
<context>
    <name>gatescope::VersionsDialog</name>
    <message>
        <source>Versions of this conversation</source>
        <translation>此对话的版本</translation>
    </message>
    <message>
        <source>All messages and their versions</source>
        <translation>所有消息及其版本</translation>
    </message>
    <message>
        <source>&amp;Delete with what follows</source>
        <translation>删除此项及其后内容(&amp;D)</translation>
    </message>
    <message>
        <source>Del. It can be undone for some seconds</source>
        <translation>Del。几秒内可撤销</translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>关闭(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Show this branch</source>
        <translation>显示此分支(&amp;S)</translation>
    </message>
    <message>
        <source>This conversation has no messages yet.</source>
        <translation>此对话尚无消息。</translation>
    </message>
    <message>
        <source>1 message. The branch shown is drawn thick.</source>
        <translation>1 条消息。显示的分支以粗线绘出。</translation>
    </message>
    <message>
        <source>%1 messages. The branch shown is drawn thick: squares are yours, circles replies.</source>
        <translation>%1 条消息。显示的分支以粗线绘出：方块为您的消息，圆点为回复。</translation>
    </message>
</context>
<context>
    <name>gatescope::ViewKeys</name>
    <message>
        <source>%1: %2.</source>
        <translation>%1：%2。</translation>
    </message>
</context>
<context>
    <name>gatescope::VocabularyPanel</name>
    <message>
        <source>Which id tokens are put together by</source>
        <translation>按哪种 id 对 token 分组</translation>
    </message>
    <message>
        <source>input id</source>
        <translation>输入 id</translation>
    </message>
    <message>
        <source>predicted next id</source>
        <translation>预测的下一 id</translation>
    </message>
    <message>
        <source>true next id</source>
        <translation>实际的下一 id</translation>
    </message>
    <message>
        <source>%1 “%2”</source>
        <translation>%1 “%2”</translation>
    </message>
    <message>
        <source>No token to count yet.</source>
        <translation>尚无可统计的 token。</translation>
    </message>
    <message>
        <source>Layer %1 · %2 · ids that came %3 times or more: %4 of %5</source>
        <translation>第 %1 层 · %2 · 出现 %3 次及以上的 id：%4 / %5</translation>
    </message>
    <message>
        <source> · their favourite expert has %1 of their first choices, by luck alone %2</source>
        <translation> · 其最常用专家占首选的 %1，仅凭偶然为 %2</translation>
    </message>
    <message>
        <source>, still counting</source>
        <translation>，仍在统计</translation>
    </message>
    <message>
        <source>Vocabulary</source>
        <translation>词表</translation>
    </message>
</context>
<context>
    <name>gatescope::WaterfallPanel</name>
    <message>
        <source>Colours of the waterfall</source>
        <translation>瀑布图的颜色</translation>
    </message>
    <message>
        <source>Router probability from 0 to 1, %1 at the power of %2; ▾ what chance gives each expert. A pixel shows the largest it stands for</source>
        <translation>路由概率从 0 到 1，%1 配色，按 %2 次幂绘制；▾ 为随机情况下每个专家的概率。每个像素显示其所代表的最大值</translation>
    </message>
    <message>
        <source> 1 · ▾ chance %1</source>
        <translation> 1 · ▾ 随机水平 %1</translation>
    </message>
    <message>
        <source>by layer</source>
        <translation>按层</translation>
    </message>
    <message>
        <source>by expert</source>
        <translation>按专家</translation>
    </message>
    <message>
        <source>Order of rows</source>
        <translation>行顺序</translation>
    </message>
    <message>
        <source>Order of rows (R)</source>
        <translation>行顺序 (R)</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Show the whole conversation (0)</source>
        <translation>显示整个对话 (0)</translation>
    </message>
</context>
<context>
    <name>gatescope::WaterfallView</name>
    <message>
        <source>Waterfall of the conversation: %1</source>
        <translation>对话的瀑布图：%1</translation>
    </message>
    <message>
        <source>Nothing routed yet. Every token becomes a column here.</source>
        <translation>尚无路由数据。每个 token 会在这里成为一列。</translation>
    </message>
    <message>
        <source>Waterfall of the conversation</source>
        <translation>对话的瀑布图</translation>
    </message>
    <message>
        <source>token %1 “%2” · layer %3 expert %4 · p %5</source>
        <translation>token %1 “%2” · 第 %3 层专家 %4 · p %5</translation>
    </message>
    <message>
        <source> · choice %1</source>
        <translation> · 第 %1 选</translation>
    </message>
    <message>
        <source> · not selected</source>
        <translation> · 未选中</translation>
    </message>
    <message>
        <source>tokens %1 to %2 · layer %3 expert %4 · p %5 to %6</source>
        <translation>token %1 至 %2 · 第 %3 层专家 %4 · p %5 至 %6</translation>
    </message>
    <message>
        <source>token %1 “%2”</source>
        <translation>token %1 “%2”</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>放大</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>缩小</translation>
    </message>
    <message>
        <source>Move left</source>
        <translation>左移</translation>
    </message>
    <message>
        <source>Move right</source>
        <translation>右移</translation>
    </message>
    <message>
        <source>Show the whole conversation</source>
        <translation>显示整个对话</translation>
    </message>
    <message>
        <source>Change the order of rows</source>
        <translation>更改行的顺序</translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation>播放或暂停</translation>
    </message>
    <message>
        <source>One line an expert of a layer, one column a token. Left and Right go to the token before and behind, with Shift they select a range, Escape clears it. Up and Down walk the experts, Home and End go to the first and to the newest token.</source>
        <translation>每行为某层的一个专家，每列一个 token。左右方向键转到前一个和后一个 token，加 Shift 选取范围，Esc 取消。上下方向键在专家间移动，Home 和 End 转到第一个和最新的 token。</translation>
    </message>
    <message>
        <source>In the waterfall</source>
        <translation>在瀑布图中</translation>
    </message>
</context>
<context>
    <name>gatescope::WindowActions</name>
    <message>
        <source>Needs a model, a reply, and none being written.</source>
        <translation>需要模型和一条回复，且没有正在生成的回复。</translation>
    </message>
    <message>
        <source>Needs an open conversation.</source>
        <translation>需要打开一个对话。</translation>
    </message>
    <message>
        <source>Needs an open conversation with routing.</source>
        <translation>需要打开一个有路由数据的对话。</translation>
    </message>
    <message>
        <source>No demo model is installed.</source>
        <translation>未安装演示模型。</translation>
    </message>
    <message>
        <source>No model is being loaded.</source>
        <translation>没有正在加载的模型。</translation>
    </message>
    <message>
        <source>Nothing was deleted just now.</source>
        <translation>刚才没有删除任何内容。</translation>
    </message>
    <message>
        <source>No reply is being written.</source>
        <translation>没有正在生成的回复。</translation>
    </message>
    <message>
        <source>Needs a conversation, and no reply being written.</source>
        <translation>需要一个对话，且没有正在生成的回复。</translation>
    </message>
    <message>
        <source>There is no reply yet.</source>
        <translation>尚无回复。</translation>
    </message>
    <message>
        <source>There are no tokens yet.</source>
        <translation>尚无 token。</translation>
    </message>
    <message>
        <source>Needs tokens, and no reply being written.</source>
        <translation>需要有 token，且没有正在生成的回复。</translation>
    </message>
    <message>
        <source>There is no intervention to undo.</source>
        <translation>没有可撤销的干预。</translation>
    </message>
    <message>
        <source>There is no intervention to redo.</source>
        <translation>没有可重做的干预。</translation>
    </message>
    <message>
        <source>No intervention is in force.</source>
        <translation>没有生效中的干预。</translation>
    </message>
    <message>
        <source>The text is as large as it gets.</source>
        <translation>文字已是最大。</translation>
    </message>
    <message>
        <source>The text is as small as it gets.</source>
        <translation>文字已是最小。</translation>
    </message>
    <message>
        <source>The text has its normal size.</source>
        <translation>文字已是正常大小。</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Open model…</source>
        <translation>打开模型(&amp;O)…</translation>
    </message>
    <message>
        <source>Open the &amp;demo model</source>
        <translation>打开演示模型(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Cancel loading</source>
        <translation>取消加载(&amp;C)</translation>
    </message>
    <message>
        <source>Open &amp;recording…</source>
        <translation>打开录制文件(&amp;R)…</translation>
    </message>
    <message>
        <source>&amp;Save recording…</source>
        <translation>保存录制文件(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>导出(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;NumPy arrays (.npz)…</source>
        <translation>&amp;NumPy 数组 (.npz)…</translation>
    </message>
    <message>
        <source>&amp;Tables (.csv)…</source>
        <translation>表格 (.csv)(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;JSON document…</source>
        <translation>&amp;JSON 文档…</translation>
    </message>
    <message>
        <source>&amp;HTML page…</source>
        <translation>&amp;HTML 页面…</translation>
    </message>
    <message>
        <source>&amp;Markdown…</source>
        <translation>&amp;Markdown…</translation>
    </message>
    <message>
        <source>&amp;Web page of the chat…</source>
        <translation>聊天网页(&amp;W)…</translation>
    </message>
    <message>
        <source>All &amp;versions in Markdown and chat</source>
        <translation>Markdown 和聊天网页包含所有版本(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Import conversations…</source>
        <translation>导入对话(&amp;I)…</translation>
    </message>
    <message>
        <source>Settin&amp;gs…</source>
        <translation>设置(&amp;T)…</translation>
    </message>
    <message>
        <source>Start Gatescope &amp;again</source>
        <translation>重新启动 Gatescope(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Conversation</source>
        <translation>对话(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;New chat</source>
        <translation>新建对话(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Find in this conversation</source>
        <translation>在此对话中查找(&amp;F)</translation>
    </message>
    <message>
        <source>Find ne&amp;xt</source>
        <translation>查找下一个(&amp;X)</translation>
    </message>
    <message>
        <source>Find pre&amp;vious</source>
        <translation>查找上一个(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Search all conversations</source>
        <translation>搜索所有对话(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Rename</source>
        <translation>重命名(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Pin or unpin</source>
        <translation>置顶或取消置顶(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Move to a folder…</source>
        <translation>移动到文件夹(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;Tags…</source>
        <translation>标签(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Archive or take out</source>
        <translation>归档或移出归档(&amp;A)</translation>
    </message>
    <message>
        <source>New f&amp;older</source>
        <translation>新建文件夹(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>删除(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Undo delete</source>
        <translation>撤销删除(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Message</source>
        <translation>消息(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Send</source>
        <translation>发送(&amp;S)</translation>
    </message>
    <message>
        <source>S&amp;top</source>
        <translation>停止(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Regenerate reply</source>
        <translation>重新生成回复(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Continue reply</source>
        <translation>继续生成回复(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Edit last message</source>
        <translation>编辑最后一条消息(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Older version</source>
        <translation>较早版本(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Newer version</source>
        <translation>较新版本(&amp;N)</translation>
    </message>
    <message>
        <source>All &amp;versions…</source>
        <translation>所有版本(&amp;V)…</translation>
    </message>
    <message>
        <source>Cop&amp;y last reply</source>
        <translation>复制最后一条回复(&amp;Y)</translation>
    </message>
    <message>
        <source>Prompt te&amp;mplates…</source>
        <translation>提示词模板(&amp;M)…</translation>
    </message>
    <message>
        <source>Reply settin&amp;gs…</source>
        <translation>回复设置(&amp;G)…</translation>
    </message>
    <message>
        <source>&amp;Inspect</source>
        <translation>分析(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;Previous token</source>
        <translation>上一个 token(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Next token</source>
        <translation>下一个 token(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Alternatives of the token…</source>
        <translation>该 token 的备选(&amp;A)…</translation>
    </message>
    <message>
        <source>&amp;Follow the newest token</source>
        <translation>跟随最新 token(&amp;F)</translation>
    </message>
    <message>
        <source>P&amp;lay or pause the tokens</source>
        <translation>播放或暂停 token(&amp;L)</translation>
    </message>
    <message>
        <source>Clear the token &amp;range</source>
        <translation>清除 token 范围(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Hold the next reply to these routes</source>
        <translation>下一条回复沿用这些路由(&amp;H)</translation>
    </message>
    <message>
        <source>F&amp;ilter tokens</source>
        <translation>筛选 token(&amp;I)</translation>
    </message>
    <message>
        <source>Next &amp;match</source>
        <translation>下一个匹配(&amp;M)</translation>
    </message>
    <message>
        <source>Previous ma&amp;tch</source>
        <translation>上一个匹配(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Undo intervention</source>
        <translation>撤销干预(&amp;U)</translation>
    </message>
    <message>
        <source>Re&amp;do intervention</source>
        <translation>重做干预(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Clear interventions</source>
        <translation>清除干预(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Chat</source>
        <translation>聊天(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Present</source>
        <translation>演示(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Full screen</source>
        <translation>全屏(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Docks</source>
        <translation>面板(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation>重置布局(&amp;R)</translation>
    </message>
    <message>
        <source>Go to the &amp;message field</source>
        <translation>转到消息输入框(&amp;M)</translation>
    </message>
    <message>
        <source>Go to the c&amp;onversation</source>
        <translation>转到对话(&amp;O)</translation>
    </message>
    <message>
        <source>Dismiss the messa&amp;ge above</source>
        <translation>关闭上方的提示(&amp;S)</translation>
    </message>
    <message>
        <source>Replies as read, as &amp;written, by token</source>
        <translation>回复显示：排版、原文、逐 token(&amp;Y)</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>主题(&amp;T)</translation>
    </message>
    <message>
        <source>Light / dark &amp;theme</source>
        <translation>浅色 / 深色主题(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>深色(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>浅色(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;High contrast</source>
        <translation>高对比度(&amp;H)</translation>
    </message>
    <message>
        <source>As the &amp;system</source>
        <translation>跟随系统(&amp;S)</translation>
    </message>
    <message>
        <source>Te&amp;xt size</source>
        <translation>文字大小(&amp;X)</translation>
    </message>
    <message>
        <source>&amp;Larger</source>
        <translation>放大(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Smaller</source>
        <translation>缩小(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Normal</source>
        <translation>正常(&amp;N)</translation>
    </message>
    <message>
        <source>Command palett&amp;e…</source>
        <translation>命令面板(&amp;L)…</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;About Gatescope</source>
        <translation>关于 Gatescope(&amp;A)</translation>
    </message>
</context>
</TS>
