using Mimir.Kernels.Devices;
using Mimir.Runtime.Evaluation;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Models;
using Mimir.Runtime.Recipes;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Recipes;

[TestFixture]
internal sealed class EvaluatingTests
{
    [Test]
    public void ARunFolderIsEvaluatedOnTheTestImages()
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(2);
        TinyRuns.Whole(TinyRuns.Finetune, folder.File("run"));
        var recipe = new EvaluateRecipe
        {
            Checkpoint = folder.File("run"),
            Data = new DataRecipe { Path = "digits", Limit = 50 },
            Attack = new AttackSettings { Steps = 2 },
            Batch = 16,
        };
        var results = Evaluating.Run(recipe, device, observer: null, default);
        Assert.That(results.Images, Is.EqualTo(50));
        Assert.That(results.Attacks.Single().Name, Is.EqualTo("pgd-2"));
        Assert.That(results.RobustAccuracy.Correct, Is.LessThanOrEqualTo(results.Natural.Correct));
        Assert.That(Evaluating.Run(recipe with { Batch = 50 }, device, observer: null, default).Robust, Is.EqualTo(results.Robust));
    }

    [Test]
    public void AModelMustFitTheImages()
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(2);
        Assert.That(
            () => Evaluate(new VisionTransformer(device, TinyModels.Encoder, 10)),
            Throws.TypeOf<RecipeException>().With.Message.Contains("takes 3x8x8 images"));
        Assert.That(
            () => Evaluate(new VisionTransformer(device, TinyModels.Encoder with { Channels = 1 }, 7)),
            Throws.TypeOf<RecipeException>().With.Message.Contains("knows 7 classes"));
        Assert.That(
            () => Evaluate(new MaskedAutoencoder(device, TinyModels.Encoder with { Channels = 1 }, TinyModels.Decoder)),
            Throws.TypeOf<FileFormatException>().With.Message.Contains("fine-tune it first"));

        void Evaluate(Model model)
        {
            using (model)
                Checkpoint.Save(folder.File("model"), model, null, CheckpointInfo.Of(model));
            Evaluating.Run(
                new EvaluateRecipe { Checkpoint = folder.File("model"), Data = new DataRecipe { Path = "digits" } }, device, observer: null, default);
        }
    }

    [Test]
    public void AFineTuningRunMustFitItsInitialModel()
    {
        using var folder = new TemporaryFolder();
        using var device = new HostDevice(2);
        using (var model = TinyModels.Autoencoder(device))
            Checkpoint.Save(folder.File("model"), model, null, CheckpointInfo.Of(model));
        Assert.That(
            () => TinyRuns.Whole(TinyRuns.Finetune with { Init = folder.File("model") }, folder.File("run")),
            Throws.TypeOf<RecipeException>().With.Message.Contains("--init").And.Message.Contains("3x8x8"));
    }
}
