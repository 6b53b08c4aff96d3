from django.db import migrations, models


class Migration(migrations.Migration):
    # Means over all workers say nothing about one of them: they are measured anew.

    dependencies = [
        ('queue', '0003_event_order'),
    ]

    operations = [
        migrations.DeleteModel(
            name='ModelTiming',
        ),
        migrations.CreateModel(
            name='ModelTiming',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('worker', models.CharField(max_length=128)),
                ('model', models.CharField(max_length=128)),
                ('usual_seconds', models.FloatField()),
                ('measured', models.PositiveIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('worker', 'model'), name='one_timing_per_worker_model')],
            },
        ),
    ]
