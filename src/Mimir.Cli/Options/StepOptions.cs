using System.CommandLine;
using Mimir.Cli.Errors;
using Mimir.Runtime.Benchmarks;
using Mimir.Runtime.Recipes;

namespace Mimir.Cli.Options;

/// <summary>Which steps are measured, and how often.</summary>
/// <param name="defaultTask">What the help says of <c>--task</c>.</param>
/// <param name="defaultRepetitions">Of <c>--repetitions</c>.</param>
internal sealed class StepOptions(string defaultTask, int defaultRepetitions)
{
    private const int MostRepetitions = 1_000_000;

    private readonly Option<string> _task = OptionSyntax.Value("--task", OptionText.Words<StepTask>("|"), $"What a step does (default: {defaultTask}).");

    private readonly Option<string> _batch = OptionSyntax.Value(
        "--batch", "N", $"Images of a step, from 1 (default {StepCase.Standard[0].Batch} for vit_ti with 4x4 patches, {StepCase.Standard[^1].Batch} for others).");

    private readonly Option<string> _repetitions = OptionSyntax.Value(
        "--repetitions", "N", $"Steps timed at most, 1 to {MostRepetitions} (default {defaultRepetitions}, {MostRepetitions} with --seconds).");

    private readonly Option<string> _seconds = OptionSyntax.Value(
        "--seconds", "S", "Starts no step of a case later than this; one is always timed (default: no limit).");

    private readonly SettingGroup<ModelRecipe> _model = ModelOptions.Encoder();

    /// <summary>What the tasks are.</summary>
    public static string Tasks { get; } =
        $"Tasks: pretrain is MIMIR with one attack step, HSIC-CCA and AdamW; finetune is PGD-{StepCase.TrainingAttackSteps} training with drop path 0.1, label smoothing 0.1 and "
            + $"AdamW; eval is PGD-{StepCase.EvaluationAttackSteps} and one look at the attacked images; trades is TRADES-{StepCase.TrainingAttackSteps} with drop path 0.1 and AdamW.";

    /// <summary>Under their headings.</summary>
    public IReadOnlyList<OptionGroup> Groups => [new OptionGroup("Step", [_task, _batch]), _model, new OptionGroup("Run", [_repetitions, _seconds])];

    /// <summary>The cases asked for: all standard models unless one is described, all tasks unless one is named.</summary>
    public IReadOnlyList<StepCase> Cases(ParseResult parse)
    {
        var tasks = parse.Text(_task) is { } text ? [OptionText.Choice<StepTask>("--task", text)] : Enum.GetValues<StepTask>();
        var described = _model.Options.Append(_batch).Any(parse.IsGiven);
        var models = described ? [Described(parse)] : StepCase.Standard;
        return [.. models.SelectMany(one => tasks.Select(task => StepCase.Of(task, one.Model, one.Batch)))];
    }

    /// <summary>The one case asked for.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="otherwise">The batch where none is given; null takes the model's.</param>
    public StepCase One(ParseResult parse, int? otherwise = null)
    {
        var task = parse.Text(_task) is { } text ? OptionText.Choice<StepTask>("--task", text) : StepTask.Pretrain;
        var (model, batch) = Described(parse);
        return StepCase.Of(task, model, otherwise is { } smaller && !parse.IsGiven(_batch) ? smaller : batch);
    }

    /// <summary>Whether it was said how often.</summary>
    public bool LimitIsGiven(ParseResult parse) => parse.IsGiven(_repetitions) || parse.IsGiven(_seconds);

    /// <summary>How often.</summary>
    public StepLimit Limit(ParseResult parse)
    {
        var repetitions = parse.Text(_repetitions) is { } count ? OptionText.Whole("--repetitions", count, 1)
            : parse.IsGiven(_seconds) ? MostRepetitions : defaultRepetitions;
        UsageException.Require(repetitions <= MostRepetitions, $"--repetitions {repetitions} must be at most {MostRepetitions}");
        if (parse.Text(_seconds) is not { } text)
            return new StepLimit(repetitions);
        var seconds = OptionText.Number("--seconds", text);
        UsageException.Require(seconds >= 0, $"--seconds {seconds} must not be negative");
        return new StepLimit(repetitions, seconds);
    }

    private (ModelRecipe Model, int Batch) Described(ParseResult parse)
    {
        var model = _model.Apply(new ModelRecipe(), parse);
        var standard = StepCase.Standard.FirstOrDefault(one => one.Model == model, StepCase.Standard[^1]).Batch;
        return (model, parse.Text(_batch) is { } text ? OptionText.Whole("--batch", text, 1) : standard);
    }
}
