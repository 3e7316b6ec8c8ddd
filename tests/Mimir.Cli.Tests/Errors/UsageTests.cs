using Mimir.Runtime.Evaluation;

namespace Mimir.Cli.Tests.Errors;

/// <summary>Wrong command lines: exit code 2 and exactly one line, without a run folder left behind.</summary>
internal sealed class UsageTests : RunsFixture
{
    private const string Wanted =
        "give a folder with images.npy and labels.npy (or train_images.npy …), or a CIFAR-100 binary folder (train.bin, test.bin), "
        + "or a CIFAR-10 binary folder (data_batch_1.bin, test_batch.bin), or 'digits'";

    [TestCase("", "give a verb: demo, pretrain, finetune, eval, corrupt, landscape, ablate, verify, bench, profile, ptx, devices (mimir --help says more)")]
    [TestCase("pretrian", "there is no verb 'pretrian'; did you mean pretrain? (mimir --help lists them)")]
    [TestCase("--frob", "there is no option '--frob' (mimir --help lists them)")]
    [TestCase("pretrain --epoch 3", "pretrain has no option '--epoch'; did you mean --epochs? (mimir pretrain --help lists them)")]
    [TestCase("pretrain --frobnicate", "pretrain has no option '--frobnicate' (mimir pretrain --help lists them)")]
    [TestCase("pretrain digits", "'digits' belongs to no option (mimir pretrain --help lists them)")]
    [TestCase("pretrain --data digits --epochs", "--epochs needs a value: --epochs <N>")]
    [TestCase("pretrain --data digits --epochs --batch 4", "--epochs needs a value: --epochs <N>")]
    [TestCase("eval --checkpoint --json", "--checkpoint needs a value: --checkpoint <PATH>")]
    [TestCase("pretrain --data digits --epochs 1 --epochs 2", "--epochs is given 2 times; give it once")]
    [TestCase("pretrain", $"--data is required: {Wanted}")]
    [TestCase("pretrain --data /nowhere", $"--data: /nowhere does not exist; {Wanted}")]
    [TestCase("pretrain --data /nowhere --format npy", "--data: /nowhere does not exist; give a folder with images.npy and labels.npy (or train_images.npy …)")]
    [TestCase("pretrain --data digits --format jpeg", "--format: 'jpeg' is no data format; use digits, cifar10, cifar100, npy")]
    [TestCase("pretrain --data digits --device cuda", "--device cuda:0 cannot be used: *; use --device cpu")]
    [TestCase("pretrain --data digits --precision tf32 --device cpu", "--precision tf32 needs --device cuda or --device emulator: the cpu multiplies in fp32")]
    [TestCase("pretrain --data digits --precision fp16", "--precision 'fp16' is no precision; use fp32, tf32 or bf16")]
    [TestCase("pretrain --data digits --checks all", "--checks has no effect without --device emulator")]
    [TestCase("pretrain --data digits --device cuda --threads 2", "--threads has no effect with --device cuda")]
    [TestCase("pretrain --data digits --device emulator --checks memry", "--checks 'memry' is unknown; did you mean memory?; use all, none or a list of memory, initialisation, race, synchronisation, outputs")]
    [TestCase("bench step --device emulator", "--device emulator has no times that say anything of a GPU; mimir profile --device emulator counts what its kernels do")]
    [TestCase("bench kernels --device emulator", "--device emulator has no times that say anything of a GPU; mimir profile --device emulator counts what its kernels do")]
    [TestCase("pretrain --data digits --device gpu", "--device 'gpu' is no device; use cpu, cuda, cuda:N or emulator")]
    [TestCase("pretrain --data digits --threads 0", "--threads 0 must be at least 1")]
    [TestCase("pretrain --data digits --threads 2000", "--threads 2000 must be at most 1024")]
    [TestCase("pretrain --data digits --seed -1", "--seed '-1' is not a whole number in 0..18446744073709551615")]
    [TestCase("pretrain --data digits --train-limit 0", "--train-limit 0 must be at least 1")]
    [TestCase("pretrain --data digits --model vit_foo", "--model 'vit_foo' is unknown; use one of vit_micro, vit_ti, vit_small, vit_small_ds, vit_base, vit_large")]
    [TestCase("pretrain --data digits --patch 3", "--patch 3 does not divide the image side 8; use one of 1, 2, 4, 8")]
    [TestCase("pretrain --data digits --embed 18", "--embed 18 must be a multiple of 4 (sin-cos positions)")]
    [TestCase("pretrain --data digits --embed 400000000", "--embed 400000000 must be at most 65536")]
    [TestCase("pretrain --data digits --depth 1000000000", "--depth 1000000000 must lie in 1..1024")]
    [TestCase("pretrain --data digits --heads 5", "--heads 5 does not divide the encoder width 192")]
    [TestCase("pretrain --data digits --patch 2 --decoder-heads 3", "--decoder-heads 3 does not divide the decoder width 128")]
    [TestCase("pretrain --data digits --mlp-ratio 0", "--mlp-ratio 0 makes no hidden layer of width 192 x 0")]
    [TestCase("pretrain --data digits --mask-ratio nan", "--mask-ratio 'nan' is not a finite number")]
    [TestCase("pretrain --data digits --mask-ratio 1", "--mask-ratio 1 must lie between 0 and 1")]
    [TestCase("pretrain --data digits --mask-ratio 0.9", "--mask-ratio 0.9 leaves none of the 4 patches visible")]
    [TestCase("pretrain --data digits --method fgsm", "--method 'fgsm' is unknown; use one of mae, adv-mae, mimir")]
    [TestCase("pretrain --data digits --mi dib", "--mi 'dib' is unknown; use one of hsic-cca, hsic, renyi")]
    [TestCase("pretrain --data digits --mi-sigma -1", "--mi-sigma -1 must be positive")]
    [TestCase("pretrain --data digits --norm-pix-loss maybe", "--norm-pix-loss 'maybe' is neither true nor false")]
    [TestCase("pretrain --data digits --eps 300", "--eps '300' is no length in [0, 1]; write 8/255, 8 (255ths) or 0.0314")]
    [TestCase("pretrain --data digits --eps nan", "--eps 'nan' is no length in [0, 1]; write 8/255, 8 (255ths) or 0.0314")]
    [TestCase("pretrain --data digits --steps 0", "--steps 0 must be at least 1")]
    [TestCase("pretrain --data digits --epochs 1.5", "--epochs '1.5' is not a whole number")]
    [TestCase("pretrain --data digits --epochs 99999999999", "--epochs 99999999999 must be at most 2147483647")]
    [TestCase("pretrain --data digits --epochs 1 --warmup-epochs 3", "--warmup-epochs 3 must lie in 0..1, the epochs of the run")]
    [TestCase("pretrain --data digits --base-rate -1", "--base-rate -1 must be positive")]
    [TestCase("pretrain --data digits --weight-decay -1", "--weight-decay -1 must not be negative")]
    [TestCase("pretrain --data digits --batch 5000", "--batch 5000 is more than the 1433 training images")]
    [TestCase("pretrain --data digits --batch 2000000000 --accumulate 9", "--batch 2000000000 x --accumulate 9 is more than the 1433 training images")]
    [TestCase("pretrain --data digits --batch 1", "--batch 1 leaves nothing to estimate; --method mimir needs at least 2")]
    [TestCase("pretrain --data digits --resume", "--resume names no folder: write --resume DIR, or --out DIR beside it")]
    [TestCase("pretrain --resume /nowhere", "--resume /nowhere: there is no run in that folder (no config.json)")]
    [TestCase("pretrain --resume /a --out /b", "--out /b and --resume /a name different folders; give one of them")]
    [TestCase("finetune --data digits", "give exactly one of --init CHECKPOINT (a pre-trained encoder) and --from-scratch (adversarial training from the start)")]
    [TestCase("finetune --data digits --init x --from-scratch", "give exactly one of --init CHECKPOINT (a pre-trained encoder) and --from-scratch (adversarial training from the start)")]
    [TestCase("finetune --data digits --init /nowhere", "--init /nowhere does not exist; give a checkpoint or the folder of a run")]
    [TestCase("finetune --data digits --init /nowhere --patch 2", "--patch has no effect with --init: the encoder's sizes are those of the checkpoint")]
    [TestCase("finetune --data digits --from-scratch --head-deviation 1", "--head-deviation has no effect with --from-scratch")]
    [TestCase("finetune --data digits --from-scratch --loss trade", "--loss 'trade' is unknown; use one of pgd, trades, mart, fast, free, apgd, natural")]
    [TestCase("finetune --data digits --from-scratch --beta 6", "--beta has no effect with --loss pgd")]
    [TestCase("finetune --data digits --from-scratch --loss fast --steps 1", "--steps has no effect with --loss fast")]
    [TestCase("finetune --data digits --from-scratch --loss apgd --alpha 2", "--alpha has no effect with --loss apgd")]
    [TestCase("finetune --data digits --from-scratch --loss trades --label-smoothing 0.1", "--label-smoothing has no effect with --loss trades")]
    [TestCase("finetune --data digits --from-scratch --loss natural --eps 8", "--eps has no effect with --loss natural")]
    [TestCase("finetune --data digits --from-scratch --loss mart --replays 4", "--replays has no effect with --loss mart")]
    [TestCase("finetune --data digits --from-scratch --loss free --accumulate 2", "--accumulate 2 does not go with --loss free, which changes the weights at every replay")]
    [TestCase("finetune --data digits --from-scratch --loss trades --beta -1", "--beta -1 must lie in 0..1000000")]
    [TestCase("finetune --data digits --from-scratch --eps-warmup sine", "--eps-warmup has no effect without --eps-warmup-epochs")]
    [TestCase("finetune --data digits --from-scratch --epochs 3 --alpha-warmup-epochs 5", "--alpha-warmup-epochs 5 must lie in 0..3, the epochs of the run")]
    [TestCase("finetune --data digits --from-scratch --on-overfitting abort", "--on-overfitting 'abort' is unknown; use one of report, stop, rollback")]
    [TestCase("finetune --data digits --from-scratch --drop-path 1", "--drop-path 1 must lie in 0..1")]
    [TestCase("finetune --data digits --from-scratch --pool max", "--pool 'max' is unknown; use one of mean, class")]
    [TestCase("eval --data digits", "--checkpoint is required: give a checkpoint or the folder of a run")]
    [TestCase("eval --data digits --checkpoint /nowhere", "--checkpoint /nowhere does not exist; give a checkpoint or the folder of a run")]
    [TestCase("verify", "--golden is required: give a folder with index.json and reference tensors")]
    [TestCase("verify --golden /nowhere", "--golden /nowhere does not exist")]
    [TestCase("bench", "give a benchmark: peak, kernels, step (mimir bench --help says more)")]
    [TestCase("bench kernel", "bench has no 'kernel'; did you mean kernels? (mimir bench --help lists what it has)")]
    [TestCase("bench --threads 2", "bench has no option '--threads' (mimir bench --help lists them)")]
    [TestCase("bench peak --family MatMul", "bench peak has no option '--family' (mimir bench peak --help lists them)")]
    [TestCase("bench step vit_ti", "'vit_ti' belongs to no option (mimir bench step --help lists them)")]
    [TestCase("bench kernels --family matmull", "--family 'matmull' is unknown*, TanhStep, LinfStep, L2Step, Philox")]
    [TestCase("bench kernels --threads 0", "--threads 0 must be at least 1")]
    [TestCase("bench step --task train", "--task 'train' is unknown; use one of pretrain, finetune, eval, trades")]
    [TestCase("bench step --repetitions 0", "--repetitions 0 must be at least 1")]
    [TestCase("bench step --repetitions 1000001", "--repetitions 1000001 must be at most 1000000")]
    [TestCase("bench step --seconds -1", "--seconds -1 must not be negative")]
    [TestCase("bench step --seconds", "--seconds needs a value: --seconds <S>")]
    [TestCase("bench step --patch 5", "--patch 5 does not divide the image side 32; use one of 1, 2, 4, 8, 16, 32")]
    [TestCase("bench step --batch 0", "--batch 0 must be at least 1")]
    [TestCase("bench step --task pretrain --batch 1", "--batch 1 must be at least 2 with --task pretrain: the penalty compares images")]
    [TestCase("profile --patch 32", "--patch 32 makes 1 patches, and --task pretrain shows none of them at a mask ratio of 0.75")]
    [TestCase("profile --task step", "--task 'step' is unknown; use one of pretrain, finetune, eval, trades")]
    [TestCase("profile --trace /nowhere/t.json", "--trace /nowhere/t.json: the folder /nowhere does not exist")]
    [TestCase("devices --seed 3", "devices has no option '--seed' (mimir devices --help lists them)")]
    public void IsOneLineAndExitCodeTwo(string line, string message)
    {
        var args = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var folder = In("refused");
        if (args is ["pretrain" or "finetune", "--data", ..] && !line.Contains("--resume") && !line.EndsWith("--epochs", StringComparison.Ordinal))
            args = [.. args, "--out", folder];
        var run = CommandRun.Of(args);
        if (message.Contains('*'))
        {
            Assert.That(run.Error, Does.StartWith("mimir: " + message[..message.IndexOf('*')]).And.EndWith(message[(message.IndexOf('*') + 1)..] + Environment.NewLine));
            Assert.That(run.Code, Is.EqualTo(ExitCode.Usage));
        }
        else
        {
            run.RequireFailure(ExitCode.Usage, message);
        }

        Assert.That(Directory.Exists(folder), Is.False, "a refused run must leave nothing behind");
    }

    [Test]
    public void AnUnknownAttackNamesTheKnownOnes() => CommandRun.Of("eval", "--data", "digits", "--checkpoint", Classifier, "--attack", "pgd,square-2")
        .RequireFailure(ExitCode.Usage, $"--attack 'square-2' is unknown; use {string.Join(", ", AttackPlan.Names)}");

    [Test]
    public void AnAttackTwiceIsRefused() => CommandRun.Of("eval", "--data", "digits", "--checkpoint", Classifier, "--attack", "pgd,pgd-20")
        .RequireFailure(ExitCode.Usage, "--attack names pgd-20 twice");

    [Test]
    public void StepsWithoutAPlainPgdAreRefused() => CommandRun.Of("eval", "--data", "digits", "--checkpoint", Classifier, "--attack", "pgd-5", "--steps", "3")
        .RequireFailure(ExitCode.Usage, "--steps has no effect: pgd-5 does not read it");

    [Test]
    public void AFolderWithoutCheckpointIsNoCheckpoint()
    {
        var folder = Directory.CreateDirectory(In("empty")).FullName;
        CommandRun.Of("eval", "--data", "digits", "--checkpoint", folder)
            .RequireFailure(ExitCode.Usage, $"--checkpoint {folder} holds no checkpoint-last.safetensors; give a checkpoint or the folder of a run");
    }

    [Test]
    public void AGoldenFolderNeedsItsIndex()
    {
        var folder = Directory.CreateDirectory(In("no-index")).FullName;
        CommandRun.Of("verify", "--golden", folder).RequireFailure(ExitCode.Usage, $"--golden {folder} holds no index.json");
    }

    [Test]
    public void AFileIsNoRunFolder()
    {
        File.WriteAllText(In("file"), "");
        CommandRun.Of(Pretrain("--out", In("file"))).RequireFailure(ExitCode.Usage, $"--out {In("file")} is a file; give a folder");
    }

    [Test]
    public void AFolderWithARunIsNotOverwritten() => CommandRun.Of(Scratch("--out", Classifier)).RequireFailure(
        ExitCode.Usage, $"--out {Classifier} already holds a run; choose another folder, or continue that run with --resume");
}
