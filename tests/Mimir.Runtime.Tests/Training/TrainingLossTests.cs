using Mimir.Kernels;
using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;
using Mimir.Runtime.Models;
using Mimir.Runtime.Training;

namespace Mimir.Runtime.Tests.Training;

/// <summary>What a step of each training loss sees and computes.</summary>
[TestFixture]
internal sealed class TrainingLossTests
{
    private const int Batch = 6;
    private const float Epsilon = 0.1f;

    private HostDevice _device = null!;
    private VisionTransformer _model = null!;
    private DeviceSpan<float> _images;
    private DeviceSpan<int> _labels;

    [SetUp]
    public void SetUp()
    {
        _device = new HostDevice(2);
        _model = TinyModels.SteepClassifier(_device);
        _images = TinyModels.Images(_device, _model.Encoder, Batch);
        _labels = TinyModels.Labels(_device, Batch);
    }

    [TearDown]
    public void TearDown()
    {
        _images.Buffer.Dispose();
        _labels.Buffer.Dispose();
        _model.Dispose();
        _device.Dispose();
    }

    [Test]
    public void AttackedImagesStayInTheBall([Values] TrainingLoss loss)
    {
        using var step = Step(loss);
        Run(step, 0);
        Run(step, 1);
        var attacked = step.Adversarial.ToArray();
        Assert.That(attacked, Is.All.InRange(0f, 1f));
        var moved = attacked.Zip(_images.ToArray(), (a, x) => Math.Abs(a - x)).Max();
        Assert.That(moved, loss == TrainingLoss.Natural ? Is.Zero : Is.InRange(0.9f * Epsilon, Epsilon + 1e-7f));
    }

    /// <summary>Gradients are derivatives of the reported loss, through both branches: along directions between the gradient's own and random ones, with
    /// the attacked images held and without drop path.</summary>
    [TestCase(TrainingLoss.Pgd)]
    [TestCase(TrainingLoss.Trades)]
    [TestCase(TrainingLoss.Mart)]
    public void GradientsAreDerivativesOfTheLoss(TrainingLoss loss)
    {
        const double Length = 5e-4;
        using var model = TinyModels.SteepClassifier(_device);
        using var step = new ClassifierStep(model, Objective(loss) with { Beta = 3 }, Batch);
        var attacked = TinyModels.Images(_device, model.Encoder, Batch, seed: 2); // far from the natural ones, so that all terms count
        var inputs = new ClassifierInputs(_images, _labels, 1, 0) { Adversarial = attacked };
        step.Run(inputs);
        var gradient = step.Gradients.Sum();
        var norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
        var at = model.Parameters.Values.ToArray();
        for (var seed = 0; seed < 3; seed++)
        {
            var direction = SeededValues.Normal(at.Length, 50 + seed, 1 / Math.Sqrt(at.Length)); // of length 1
            foreach (var parameter in model.Parameters.Parameters.Where(p => !p.Trainable))
                Array.Clear(direction, (int)parameter.Offset, (int)parameter.Shape.Count);
            direction = [.. direction.Zip(gradient, (d, g) => (float)(d + g / norm))];
            var along = gradient.Zip(direction, (g, d) => (double)g * d).Sum();
            Assert.That(along, Is.EqualTo((8 * (At(1) - At(-1)) - (At(2) - At(-2))) / (12 * Length)).Within(2e-3 * norm), $"direction {seed}");

            double At(int steps)
            {
                model.Parameters.Values.CopyFrom([.. at.Zip(direction, (w, d) => (float)(w + steps * Length * d))]);
                model.Refresh();
                return step.Run(inputs).Loss;
            }
        }

        attacked.Buffer.Dispose();
    }

    [Test]
    public void TradesRaisesTheDivergenceItIsTrainedOn()
    {
        using var step = Step(TrainingLoss.Trades);
        var report = Run(step, 0);
        using var still = new ClassifierStep(_model, Objective(TrainingLoss.Trades) with { Budget = new AttackBudget(Epsilon, 0, 1) }, Batch);
        var before = Run(still, 0);
        Assert.That(before.Divergence, Is.Positive.And.LessThan(0.01), "noise of a thousandth");
        Assert.That(report.Divergence, Is.GreaterThan(10 * before.Divergence));

        // Without drop path the step sees what the attack saw.
        Assert.That(report.Divergence, Is.EqualTo(Divergence(step.Adversarial)).Within(1e-6 * report.Divergence));
        Assert.That(report.Loss, Is.EqualTo(NaturalLoss() + 6 * report.Divergence).Within(1e-5));
        Assert.That(report.NaturalAccuracy, Is.InRange(0, 1));
    }

    [Test]
    public void BothBranchesHaveADropPathOfTheirOwn([Values(TrainingLoss.Trades, TrainingLoss.Mart)] TrainingLoss loss)
    {
        // With a radius of 0 the two branches see the same images; they may differ by drop path alone.
        var objective = Objective(loss) with { Budget = new AttackBudget(0, 0, 1) };
        using var same = new ClassifierStep(_model, objective, Batch);
        using var dropped = new ClassifierStep(_model, objective with { DropPath = 0.5 }, Batch);
        var (calm, noisy) = (Run(same, 0), Run(dropped, 0));
        if (loss == TrainingLoss.Trades)
            Assert.That((calm.Divergence, noisy.Divergence > 1e-4), Is.EqualTo((0.0, true)));
        Assert.That(calm.NaturalAccuracy, Is.EqualTo(calm.Accuracy));
        Assert.That(noisy.Loss, Is.Not.EqualTo(calm.Loss));
    }

    [Test]
    public void FastIsPgdWithOneStep()
    {
        using var fast = Step(TrainingLoss.Fast, steps: 1);
        using var pgd = Step(TrainingLoss.Pgd, steps: 1);
        Assert.That(Run(fast, 3), Is.EqualTo(Run(pgd, 3)));
        Assert.That(fast.Adversarial.ToArray(), Is.EqualTo(pgd.Adversarial.ToArray()).AsCollection);
    }

    [Test]
    public void NaturalTrainingComputesNoAttack()
    {
        using var step = Step(TrainingLoss.Natural);
        using var counter = new KernelCounter(_device);
        var report = Run(step, 0);
        Assert.That(report.Loss, Is.EqualTo(NaturalLoss()).Within(1e-5));
        Assert.That(counter.Calls("Patchify.Backward"), Is.Zero);
        Assert.That(counter.Names, Has.None.StartsWith("LinfStep"));
    }

    /// <summary>Free training: x' = clip(x + δ), then δ ← clip(δ + ε·sign g) inside the box; δ goes on to the next batch.</summary>
    [Test]
    public void AFreePerturbationOutlivesItsBatch()
    {
        using var step = Step(TrainingLoss.Free);
        using var counter = new KernelCounter(_device);
        Run(step, 0);
        var natural = _images.ToArray();
        Assert.That(step.Adversarial.ToArray(), Is.EqualTo(natural).AsCollection, "δ starts at 0");
        var first = step.Perturbation.ToArray();
        for (var i = 0; i < natural.Length; i++)
            Assert.That(Math.Abs(first[i]), Is.EqualTo(Epsilon).Within(1e-6).Or.EqualTo(natural[i]).Within(1e-6).Or.EqualTo(1 - natural[i]).Within(1e-6));

        var others = TinyModels.Images(_device, _model.Encoder, Batch, seed: 5);
        step.Run(new ClassifierInputs(others, _labels, 1, 1));
        Assert.That(
            step.Adversarial.ToArray(), Is.EqualTo(others.ToArray().Zip(first, (x, d) => Math.Clamp(x + d, 0f, 1f))).Within(1e-7).AsCollection, "the next batch");
        var second = step.Perturbation.ToArray();
        Assert.That(second, Is.All.InRange(-Epsilon - 1e-6f, Epsilon + 1e-6f));
        Assert.That(others.ToArray().Zip(second, (x, d) => x + d), Is.All.InRange(-1e-6f, 1 + 1e-6f));
        Assert.That(counter.Calls("CrossEntropy.Backward"), Is.EqualTo(counter.Calls("Patchify.Backward")), "one pass serves weights and pixels");
        others.Buffer.Dispose();
    }

    [Test]
    public void AStepTakesTheBudgetOfItsEpoch()
    {
        using var step = Step(TrainingLoss.Pgd);
        step.Run(new ClassifierInputs(_images, _labels, 1, 0) { Budget = new AttackBudget(Epsilon / 2, Epsilon, 2) });
        Assert.That(step.Adversarial.ToArray().Zip(_images.ToArray(), (a, x) => Math.Abs(a - x)).Max(), Is.EqualTo(Epsilon / 2).Within(1e-6));
    }

    private ClassifierReport Run(ClassifierStep step, long number) => step.Run(new ClassifierInputs(_images, _labels, 1, number));

    private ClassifierStep Step(TrainingLoss loss, int steps = 3) =>
        new(_model, Objective(loss) with { Budget = new AttackBudget(Epsilon, Epsilon / 2, steps) }, Batch);

    private static ClassifierObjective Objective(TrainingLoss loss) => new(new AttackBudget(Epsilon, Epsilon / 2, 3), 0f, 0) { Loss = loss };

    private double Divergence(DeviceSpan<float> attacked) => Mean((graph, images) =>
        KlDivergenceOp.Apply(graph, images, _model.Logits(graph, graph.Input(attacked, _model.ImageShape(attacked.Length))), 1f));

    private double NaturalLoss() => Mean((graph, logits) => CrossEntropyOp.Apply(graph, logits, _labels, 0f, 1f));

    private double Mean(Func<Graph, Tensor, Tensor> losses)
    {
        using var pools = new LanePools(_device, _device.Lanes);
        var graph = new Graph(pools);
        graph.Begin();
        var mean = losses(graph, _model.Logits(graph, graph.Input(_images, _model.ImageShape(_images.Length)))).Data.ToArray().Average(value => (double)value);
        graph.End();
        return mean;
    }
}
