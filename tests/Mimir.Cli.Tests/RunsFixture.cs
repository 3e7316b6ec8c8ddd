using System.Text.Json.Nodes;
using Mimir.Runtime.Training;

namespace Mimir.Cli.Tests;

/// <summary>A fixture with a folder of its own and runs that take a fraction of a second.</summary>
internal abstract class RunsFixture
{
    private static readonly string[] s_small =
        ["--data", "digits", "--train-limit", "96", "--batch", "32", "--threads", "1"];

    private static readonly string[] s_oneStep = ["--steps", "1"];
    private static readonly string[] s_encoder = ["--model", "vit_micro", "--patch", "2", "--depth", "1", "--embed", "16", "--heads", "2"];
    private static readonly string[] s_decoder = ["--decoder-embed", "16", "--decoder-depth", "1", "--decoder-heads", "2"];

    private readonly string _root = Path.Combine(Path.GetTempPath(), $"mimir-cli-{Guid.NewGuid():N}");

    [OneTimeSetUp]
    public void MakeFolder() => Directory.CreateDirectory(_root);

    [OneTimeTearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    /// <summary>A path in the fixture's folder.</summary>
    protected string In(string name) => Path.Combine(_root, name);

    /// <summary>A small pre-training.</summary>
    protected static string[] Pretrain(params string[] more) => ["pretrain", .. s_small, .. s_oneStep, .. s_encoder, .. s_decoder, .. more];

    /// <summary>A small training from scratch.</summary>
    protected static string[] Scratch(params string[] more) => ["finetune", "--from-scratch", .. s_small, .. s_oneStep, .. s_encoder, .. more];

    /// <summary>A small training from scratch with a loss, whose attack is left to it.</summary>
    protected static string[] ScratchWith(string loss, params string[] more) => ["finetune", "--from-scratch", "--loss", loss, .. s_small, .. s_encoder, .. more];

    /// <summary>A small fine-tuning.</summary>
    protected static string[] Finetune(string init, params string[] more) => ["finetune", "--init", init, .. s_small, .. s_oneStep, .. more];

    /// <summary>A finished one-epoch training from scratch; made once a fixture.</summary>
    protected string Classifier => field ??= Trained();

    /// <summary>The one JSON document that a command printed.</summary>
    protected static JsonNode Json(CommandRun run) => JsonNode.Parse(run.RequireDone().Out)!;

    /// <summary>The bytes of a run's checkpoint.</summary>
    protected static byte[] Bytes(string folder) => File.ReadAllBytes(RunFolder.CheckpointIn(folder));

    private string Trained()
    {
        CommandRun.Of(Scratch("--epochs", "1", "--out", In("classifier"))).RequireDone();
        return In("classifier");
    }
}
