using System.Text.Json;
using System.Text.Json.Nodes;
using Mimir.Kernels.Devices;
using Mimir.Kernels.Ptx.Emulation;
using Mimir.Kernels.Simd;
using Mimir.Runtime.Formats;
using Mimir.Runtime.Verification;

namespace Mimir.Runtime.Tests.Verification;

[TestFixture]
internal sealed class GoldenFolderTests
{
    private static readonly Lazy<VerifyReport> s_report = new(() => Verify(GoldenCases.Folder));

    private static IEnumerable<string> Cases
    {
        get
        {
            using var index = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenCases.Folder, "index.json")));
            return [.. index.RootElement.GetProperty("cases").EnumerateArray().Select(entry => entry.GetProperty("name").GetString()!)];
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void ReferenceIsMet(string name)
    {
        var lines = s_report.Value.Lines.Where(line => line.Case == name).ToArray();
        Assert.That(lines, Has.Length.GreaterThan(3));
        Assert.That(lines.Where(line => !line.Passed), Is.Empty);
    }

    [Test]
    public void TheReportPassesAsAWhole() => Assert.That(s_report.Value.Passed);

    [TestCase(SimdWidth.Scalar)]
    [TestCase(SimdWidth.Bits256)]
    public void ReferenceIsMetWithNarrowerVectors(SimdWidth width)
    {
        using var folder = new TemporaryFolder();
        Copy(folder, "mae_published_norm_pix", "classifier_cls");
        var lines = Verify(folder.Path, width).Lines;
        Assert.That(lines.Select(line => line.Case).Distinct().Count(), Is.EqualTo(2));
        Assert.That(lines.Where(line => !line.Passed), Is.Empty);
    }

    [TestCase(MatrixPrecision.Float32, "mae_paper", "mae_grey", "classifier_avg", "classifier_cls", "information_12")]
    [TestCase(MatrixPrecision.TensorFloat32, "mae_published_norm_pix", "classifier_cls", "information_12")]
    [TestCase(MatrixPrecision.BFloat16, "mae_published_norm_pix", "classifier_cls", "information_12")]
    public void ReferenceIsMetOnTheEmulator(MatrixPrecision precision, params string[] cases)
    {
        using var folder = new TemporaryFolder();
        Copy(folder, cases);
        using var device = PtxDevice.OpenEmulator(new EmulatorOptions { Checks = EmulatorChecks.All }, precision);
        var lines = GoldenFolder.Verify(folder.Path, device, _ => { }).Lines;
        Assert.That(lines.Select(line => line.Case).Distinct().Count(), Is.EqualTo(cases.Length));
        Assert.That(lines.Where(line => !line.Passed), Is.Empty);
    }

    [Test]
    public void AnUnknownTensorFails()
    {
        using var folder = new TemporaryFolder();
        Copy(folder, "classifier_cls");
        Rewrite(folder.File("classifier_cls.safetensors"), extra: "output.entropy");
        var failed = Verify(folder.Path).Lines.Where(line => !line.Passed).ToArray();
        Assert.That(failed.Select(line => line.Tensor), Is.EqualTo(new[] { "output.entropy" }).AsCollection);
        Assert.That(failed[0].Problem, Does.Contain("does not know"));
    }

    [Test]
    public void AnUnknownKindFails()
    {
        using var folder = new TemporaryFolder();
        Copy(folder, "classifier_cls");
        Edit(folder, cases => cases[0]!["kind"] = "diffusion-step");
        var report = Verify(folder.Path);
        Assert.That(report.Passed, Is.False);
        Assert.That(report.Lines.Single().Problem, Does.Contain("'diffusion-step'"));
    }

    [TestCase("classifier_cls", "output.logits")]
    [TestCase("classifier_cls", "grad.patch_embed.proj.weight")]
    [TestCase("classifier_cls", "after.head.weight")]
    [TestCase("classifier_cls", "output.pgd_gradients")]
    [TestCase("mae_grey", "output.latent")]
    [TestCase("mae_grey", "output.mask")]
    [TestCase("mae_grey", "output.mi")]
    [TestCase("mae_grey", "output.mi_gradient")]
    [TestCase("mae_grey", "output.attack_gradient")]
    [TestCase("information_12", "output.hsic.grad_z")]
    public void AChangedValueFails(string name, string tensor)
    {
        using var folder = new TemporaryFolder();
        Copy(folder, name);
        Rewrite(folder.File($"{name}.safetensors"), changed: tensor);
        var failed = Verify(folder.Path).Lines.Where(line => !line.Passed).ToArray();
        Assert.That(failed.Select(line => line.Tensor), Is.EqualTo(new[] { tensor }).AsCollection);
    }

    [Test]
    public void AMissingTensorFails([Values("output.latent", "grad.norm.weight", "after.cls_token", "param.mask_token", "input.mask_noise")] string tensor)
    {
        using var folder = new TemporaryFolder();
        Copy(folder, "mae_grey");
        Rewrite(folder.File("mae_grey.safetensors"), without: tensor);
        var report = Verify(folder.Path);
        Assert.That(report.Passed, Is.False);
        Assert.That(report.Lines.Where(line => !line.Passed).Select(line => line.Tensor + line.Problem), Has.Some.Contains(tensor));
    }

    [Test]
    public void ATensorOfAnotherSizeFails([Values("input.images", "input.mask_noise", "input.attack_start", "output.latent", "param.norm.weight")] string tensor)
    {
        using var folder = new TemporaryFolder();
        Copy(folder, "mae_grey");
        Rewrite(folder.File("mae_grey.safetensors"), halved: tensor);
        Assert.That(Verify(folder.Path).Passed, Is.False);
    }

    [Test]
    public void ATruncatedFileFails()
    {
        using var folder = new TemporaryFolder();
        Copy(folder, "classifier_cls");
        var path = folder.File("classifier_cls.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^100]);
        Assert.That(Verify(folder.Path).Lines.Single().Passed, Is.False);
    }

    [Test]
    public void AMissingFileFailsItsCaseAlone()
    {
        using var folder = new TemporaryFolder();
        Copy(folder, "classifier_cls", "information_12");
        File.Delete(folder.File("classifier_cls.safetensors"));
        var lines = Verify(folder.Path).Lines;
        Assert.That(lines.Where(line => !line.Passed).Select(line => line.Case), Is.EqualTo(new[] { "classifier_cls" }).AsCollection);
        Assert.That(lines.Select(line => line.Case), Has.Some.EqualTo("information_12"));
    }

    [Test]
    public void AMissingOptionFails()
    {
        using var folder = new TemporaryFolder();
        Copy(folder, "classifier_cls");
        Edit(folder, cases => cases[0]!["options"]!.AsObject().Remove("alpha"));
        Assert.That(Verify(folder.Path).Lines.Last().Problem, Does.Contain("'options.alpha'"));
    }

    [Test]
    public void AMissingIndexIsNoFolder()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => Verify(folder.Path), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("--golden"));
    }

    [TestCase("{")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("""{"format":2,"cases":[]}""")]
    [TestCase("""{"format":1}""")]
    [TestCase("""{"format":1,"cases":[{}]}""")]
    [TestCase("""{"format":1,"cases":[{"name":"a"}]}""")]
    public void ADamagedIndexIsRefused(string index)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("index.json"), index);
        Assert.That(() => Verify(folder.Path), Throws.TypeOf<FileFormatException>());
    }

    [Test]
    public void NothingToCompareIsNoPass()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("index.json"), """{"format":1,"cases":[]}""");
        Assert.That(Verify(folder.Path).Passed, Is.False);
    }

    private static VerifyReport Verify(string folder, SimdWidth? width = null)
    {
        using var device = new HostDevice(2, width);
        return GoldenFolder.Verify(folder, device, _ => { });
    }

    /// <summary>A golden folder of some cases.</summary>
    private static void Copy(TemporaryFolder folder, params string[] names)
    {
        File.Copy(Path.Combine(GoldenCases.Folder, "index.json"), folder.File("index.json"));
        Edit(folder, cases =>
        {
            foreach (var other in cases.Where(entry => !names.Contains((string)entry!["name"]!)).ToArray())
                cases.Remove(other);
        });
        foreach (var name in names)
            File.Copy(Path.Combine(GoldenCases.Folder, $"{name}.safetensors"), folder.File($"{name}.safetensors"));
    }

    private static void Edit(TemporaryFolder folder, Action<JsonArray> edit)
    {
        var index = JsonNode.Parse(File.ReadAllText(folder.File("index.json")))!;
        edit(index["cases"]!.AsArray());
        File.WriteAllText(folder.File("index.json"), index.ToJsonString());
    }

    /// <summary>Writes a file again with a tensor more, a tensor less, one whose first value differs, or one with half of its elements.</summary>
    private static void Rewrite(string path, string? extra = null, string? without = null, string? changed = null, string? halved = null)
    {
        var writer = new SafetensorsWriter();
        using (var file = SafetensorsFile.Open(path))
        {
            foreach (var tensor in file.Tensors.Where(tensor => tensor.Name != without))
            {
                if (tensor.Type == TensorType.I64)
                {
                    writer.Add(tensor.Name, [.. tensor.Shape], file.Read<long>(tensor.Name));
                    continue;
                }

                var values = file.ReadFloats(tensor.Name);
                if (tensor.Name == changed)
                    values[0] += 0.01f + 0.1f * Math.Abs(values.Max());
                if (tensor.Name == halved)
                    writer.Add(tensor.Name, [values.Length / 2], values[..(values.Length / 2)]);
                else
                    writer.Add(tensor.Name, [.. tensor.Shape], values);
            }
        }

        if (extra is not null)
            writer.Add(extra, [1], new[] { 1f });
        writer.Save(path);
    }
}
