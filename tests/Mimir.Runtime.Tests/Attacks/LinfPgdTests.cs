using Mimir.Kernels.Devices;
using Mimir.Runtime.Attacks;
using Mimir.Runtime.Autodiff;
using Mimir.Runtime.Autodiff.Ops;
using Mimir.Runtime.Models;

namespace Mimir.Runtime.Tests.Attacks;

[TestFixture]
internal sealed class LinfPgdTests
{
    private const int Batch = 6;

    [Test]
    public void EveryIterateStaysInTheBallAndTheLossRises([Values(0f, 2f / 255, 8f / 255)] float epsilon)
    {
        using var device = new HostDevice(1);
        using var model = TinyModels.SteepClassifier(device);
        using var pools = new LanePools(device, 1);
        var graph = new Graph(pools);
        var images = TinyModels.Images(device, model.Encoder, Batch);
        var labels = TinyModels.Labels(device, Batch);
        var start = device.Allocate<float>(images.Length);
        start.CopyFrom(Array.ConvertAll(SeededValues.Pixels(start.Length, 3), value => (2 * value - 1) * epsilon));
        var gradient = device.Allocate<float>(images.Length);
        var adversarial = device.Allocate<float>(images.Length);
        var natural = images.ToArray();
        var objective = new CrossEntropyObjective(model) { Labels = labels };

        new LinfPgd(graph, objective).Run(new AttackBudget(epsilon, 2f / 255, 0), images, start, gradient, adversarial);
        var first = Loss(graph, model, adversarial, labels);
        for (var step = 0; step < 10; step++)
        {
            LinfPgd.Step(graph, objective, new AttackBudget(epsilon, 2f / 255, 1), images, gradient, adversarial);
            var now = adversarial.ToArray();
            Assert.That(now, Is.All.InRange(0f, 1f));
            Assert.That(now.Zip(natural, (a, b) => Math.Abs(a - b)).Max(), Is.LessThanOrEqualTo(epsilon + 1e-7f));
        }

        Assert.That(Loss(graph, model, adversarial, labels), epsilon == 0 ? Is.EqualTo(first) : Is.GreaterThan(first));
        var stepped = adversarial.ToArray().Bits();
        new LinfPgd(graph, objective).Run(new AttackBudget(epsilon, 2f / 255, 10), images, start, gradient, adversarial);
        Assert.That(adversarial.ToArray().Bits(), Is.EqualTo(stepped).AsCollection, "ten steps at once");
        foreach (var span in new[] { images, start, gradient, adversarial })
            span.Buffer.Dispose();
        labels.Buffer.Dispose();
    }

    private static double Loss(Graph graph, VisionTransformer model, DeviceSpan<float> images, DeviceSpan<int> labels)
    {
        graph.Begin();
        var losses = CrossEntropyOp.Apply(graph, model.Logits(graph, graph.Input(images, model.ImageShape(images.Length))), labels, 0, 1);
        var sum = losses.Data.ToArray().Sum(loss => (double)loss);
        graph.End();
        return sum;
    }
}
