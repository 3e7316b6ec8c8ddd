using System.CommandLine;
using Mimir.Cli.Options;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Information;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Commands;

/// <summary><c>mimir pretrain</c>: stage one.</summary>
internal sealed class PretrainCommand : TrainingCommand<PretrainRecipe>
{
    private const string Median = "median";

    private static readonly PretrainRecipe s_defaults = new() { Data = DataOptions.None };

    /// <inheritdoc/>
    public override string Name => Pretraining.Verb;

    /// <inheritdoc/>
    public override string Summary => "Stage one: trains a masked auto-encoder on attacked images, with a mutual information penalty on its latent.";

    /// <inheritdoc/>
    public override string Usage => "--data PATH [options], or --resume DIR";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Notes { get; } = [
        "The defaults are the published run on CIFAR-10, but for its batch of 512 on four GPUs: --batch 128 --accumulate 4 has its rate and its "
            + "penalty, which the published code estimates for every 128 images.",
    ];

    /// <inheritdoc/>
    protected override PretrainRecipe Defaults(ParseResult parse) => s_defaults;

    /// <inheritdoc/>
    protected override void Check(PretrainRecipe recipe, ParseResult parse, bool resumes)
    {
        DataOptions.Require(recipe.Data);
        recipe.Validate();
    }

    /// <inheritdoc/>
    protected override EpochReport Train(
        PretrainRecipe recipe, Device device, RunFolder folder, bool resume, ITrainingObserver observer, CancellationToken cancellation) =>
        Pretraining.Run(recipe, device, folder, resume, observer, cancellation);

    /// <inheritdoc/>
    protected override ulong SeedOf(PretrainRecipe recipe) => recipe.Seed;

    /// <inheritdoc/>
    protected override PretrainRecipe WithSeed(PretrainRecipe recipe, ulong seed) => recipe with { Seed = seed };

    /// <inheritdoc/>
    protected override IEnumerable<SettingGroup<PretrainRecipe>> RecipeSettings() =>
    [
        DataOptions.Group("--train-limit", "training images").Within<PretrainRecipe>(r => r.Data, (r, data) => r with { Data = data }).And(
            DataOptions.Augment<PretrainRecipe>(r => r.Augment, (r, v) => r with { Augment = v })),
        ModelOptions.Encoder().Within<PretrainRecipe>(r => r.Model, (r, model) => r with { Model = model }),
        ModelOptions.Decoder().Within<PretrainRecipe>(r => r.Decoder, (r, decoder) => r with { Decoder = decoder }),
        new("Method", [
            Setting.Choice<PretrainRecipe, PretrainMethod>(
                "--method", "mae: neither attack nor penalty; adv-mae: attack; mimir: both (default mimir).", r => r.Method, (r, v) => r with { Method = v }),
            Setting.Number<PretrainRecipe>("--mask-ratio", "Share of patches hidden, between 0 and 1 (default 0.75).", r => r.MaskRatio, (r, v) => r with { MaskRatio = v }),
            new(
                OptionSyntax.Value("--norm-pix-loss", "true|false", "Rebuilds patches normalised to mean 0 and variance 1 (default true)."),
                (r, text) => r with { NormPixLoss = OptionText.Truth("--norm-pix-loss", text) }, r => r.NormPixLoss ? "true" : "false"),
        ]),
        new("Penalty", [
            Setting.Text<PretrainRecipe>(
                "--mi", string.Join('|', Estimators.Names), "Estimator of the mutual information between images and latent (default hsic-cca).",
                r => r.Mi, (r, v) => r with { Mi = v }),
            Setting.Number<PretrainRecipe>("--mi-weight", "Weight of the penalty, from 0 (default 1e-5).", r => r.MiWeight, (r, v) => r with { MiWeight = v }),
            Setting.Number<PretrainRecipe>(
                "--mi-balance", "Above 0, sets the weight anew at every step so that the penalty's gradient at the latent is this share of the reconstruction's (default 0: off).",
                r => r.MiBalance, (r, v) => r with { MiBalance = v }),
            new(
                OptionSyntax.Value("--mi-sigma", $"X|{Median}", "Kernel width of hsic and hsic-cca, above 0; median takes the median distance (default 5)."),
                (r, text) => r with { MiSigma = text == Median ? null : OptionText.Number("--mi-sigma", text) }, r => r.MiSigma is { } sigma ? $"{sigma}" : Median),
            Setting.Choice<PretrainRecipe, RenyiBandwidth>(
                "--renyi-bandwidth", "Kernel width of renyi: mean distance, mean of the 10 nearest, or as published (default mean).",
                r => r.RenyiBandwidth, (r, v) => r with { RenyiBandwidth = v }),
        ]),
        AttackOptions.Group(BudgetOf(s_defaults)).Within<PretrainRecipe>(BudgetOf, (r, b) => r with { Eps = b.Epsilon, Alpha = b.Alpha, Steps = b.Steps }).And(
            Setting.Choice<PretrainRecipe, AttackMask>(
                "--attack-mask", "The mask under attack: the step's own as in the paper, or a fresh one as in the published code (default shared).",
                r => r.AttackMask, (r, v) => r with { AttackMask = v }),
            Setting.Choice<PretrainRecipe, AttackTarget>(
                "--attack-target", "What the attacked model rebuilds: natural images as in the paper, or the perturbed ones as in the published code (default natural).",
                r => r.AttackTarget, (r, v) => r with { AttackTarget = v })),
        OptimiserOptions.Group(s_defaults.Optimiser, $"{s_defaults.Optimiser.BaseRate}").Within<PretrainRecipe>(r => r.Optimiser, (r, o) => r with { Optimiser = o }),
    ];

    private static AttackBudget BudgetOf(PretrainRecipe recipe) => new(recipe.Eps, recipe.Alpha, recipe.Steps);
}
